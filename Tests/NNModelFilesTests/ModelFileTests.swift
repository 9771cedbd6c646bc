import Foundation
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import NNModelFiles

/// What model files say, against the same models written in Swift.
@Suite struct ModelFileTests {
    private static func json(_ network: Network) throws -> String {
        try ModelDescription(network, task: TrainingTask(.meanSquaredError)).json()
    }

    private func expect(
        _ yaml: String, is network: Network, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let read = try Network(modelFile: yaml, named: "test.yaml")
        #expect(try Self.json(read) == Self.json(network), sourceLocation: location)
    }

    @Test func whatLayersTakeIsInferred() throws {
        try expect(
            """
            input: [1, 4, 6]
            layers:
              - flatten
              - linear: 16
              - leaky-relu: 0.2
              - dropout: 0.25
              - residual: [layernorm, {linear: {outputs: 16, bias: false}}, gelu]
              - residual:
                  layers: [{linear: {outputs: 8, initializer: he-normal}}, tanh]
                  downsample: [linear: 8]
              - parallel: {branches: [[{linear: 3}, relu], sigmoid], merge: concatenate:1}
              - sequential: [softplus, layernorm: {epsilon: 0.001}]
              - linear: 10
              - softmax
            """,
            is: Network(
                Sequential {
                    Flatten()
                    Linear(24, 16)
                    LeakyReLU(slope: 0.2)
                    Dropout(rate: 0.25)
                    Residual {
                        LayerNorm(16)
                        Linear(16, 16, bias: false)
                        GELU()
                    }
                    Residual(
                        Sequential {
                            Linear(16, 8, initializer: .heNormal)
                            Tanh()
                        },
                        shortcut: Sequential { Linear(16, 8) })
                    Parallel(merge: .concatenation(axis: 1)) {
                        Sequential {
                            Linear(8, 3)
                            ReLU()
                        }
                        Sigmoid()
                    }
                    Sequential {
                        Softplus()
                        LayerNorm(11, epsilon: 0.001)
                    }
                    Linear(11, 10)
                    Softmax()
                }, inputShape: [1, 4, 6]))
    }

    @Test func jsonSaysTheSame() throws {
        try expect(
            #"{"input": 4, "layers": [{"name": "fc1", "linear": 8}, "relu", {"linear": 2}]}"#,
            is: Network(
                Sequential(["fc1": Linear(4, 8), "1": ReLU(), "2": Linear(8, 2)]),
                inputShape: [4]))
    }

    @Test func tokensAreLookedUp() throws {
        try expect(
            """
            input: {shape: [5], type: int32}
            layers: [{embedding: {count: 100, width: 3}}, flatten, {linear: 2}]
            """,
            is: Network(
                Sequential {
                    Embedding(100, 3)
                    Flatten()
                    Linear(15, 2)
                }, inputShape: [5], .int32))
    }

    @Test func partsAreJoinedByTheirNames() throws {
        try expect(
            """
            inputs: {image: [28, 28], other: [28, 28], place: [4]}
            layers:
              - {name: trunk, from: image, sequential: [flatten, linear: 8]}
              - {name: again, from: other, like: trunk}
              - {name: both, from: [trunk, again], sum: }
              - {name: all, from: [both, place], concatenate: 1}
              - {name: kind, linear: 3}
              - {name: size, from: all, linear: 1}
            outputs: {class: kind, size: size}
            """,
            is: Network(
                ModelGraph(
                    [
                        .init(
                            "trunk",
                            Sequential {
                                Flatten()
                                Linear(784, 8)
                            }, of: "image"),
                        .init("again", .shared("trunk"), of: ["other"]),
                        .init("both", .sum, of: ["trunk", "again"]),
                        .init("all", .concatenation(axis: 1), of: ["both", "place"]),
                        .init("kind", Linear(12, 3), of: "all"),
                        .init("size", Linear(12, 1), of: "all"),
                    ], outputs: ["class": "kind", "size": "size"]),
                inputs: [
                    ModelInput("image", [28, 28]), ModelInput("other", [28, 28]),
                    ModelInput("place", [4]),
                ]))
    }

    @Test func aliasesRepeatLayers() throws {
        let network = try Network(
            modelFile: """
                input: 4
                layers:
                  - &block {residual: [{linear: 4}, relu]}
                  - *block
                  - *block
                """, named: "test.yaml")
        #expect(
            try ParameterLayout(of: network).allEntries.map(\.name)
                == (0..<3).flatMap { ["\($0).0.weight", "\($0).0.bias"] })
    }

    @Test func branchesHaveNames() throws {
        try expect(
            """
            input: 4
            layers:
              - parallel: {merge: sum, branches: [{name: left, linear: 2}, [relu, {linear: 2}]]}
            """,
            is: Network(
                Sequential {
                    Parallel(
                        Sequential([
                            "left": Linear(4, 2), "1": Sequential([ReLU(), Linear(4, 2)]),
                        ]), merge: .sum)
                }, inputShape: [4]))
    }

    /// As many layers as a model may have, and not one more.
    @Test func layersAreCountedOnce() throws {
        func yaml(_ count: Int) -> String {
            "input: 1\nlayers:\n" + String(repeating: "  - relu\n", count: count - 1)
                + "  - linear: 1\n"
        }
        let network = try Network(modelFile: yaml(ModelLimits.layerCount), named: "test.yaml")
        #expect(network.sequential?.layers.count == ModelLimits.layerCount)
        #expect(throws: (any Error).self) {
            try Network(modelFile: yaml(ModelLimits.layerCount + 1), named: "test.yaml")
        }
    }

    @Test func theReadmesExampleIsAModel() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = try String(contentsOfFile: "/\(root)/README.md", encoding: .utf8)
        let example = try #require(text.split(separator: "```yaml\n").dropFirst().first)
        let yaml = String(try #require(example.split(separator: "```").first))
        let network = try Network(modelFile: yaml, named: "README.md")
        #expect(try ModelSummary(of: network).parameterCount == 135_050)
    }

    // MARK: - Presets

    // Those of text have tests of their own.
    @Test(arguments: Preset.all.map(\.name).filter { !$0.hasPrefix("gpt") })
    func presetsAreModelFiles(_ name: String) throws {
        let preset = try #require(Preset.named(name))
        let takesImages = preset.options.contains { $0.name == "channels" }
        let chosen = takesImages ? "channels=3,height=20" : "inputs=12"
        let network = try Network(
            modelFile: preset.text(
                "\(name):\(chosen)", fallbacks: ["inputs": 9, "width": 16, "outputs": 3]),
            named: name)
        #expect(network.inputShape == (takesImages ? [3, 20, 16] : [12]))
        #expect(try ParameterLayout(of: network).outputShape == [1, 3])
    }

    @Test func presetsDoAsTheyAreTold() throws {
        let mlp = try #require(Preset.named("mlp:layers=1"))
        try expect(
            mlp.text("mlp:layers=1,width=6,activation=gelu,inputs=5,outputs=2"),
            is: Network(
                Sequential {
                    Linear(5, 6)
                    GELU()
                    Linear(6, 2)
                }, inputShape: [5]))
    }

    @Test(arguments: [
        ("mlp:widht=3", "the nearest is width"), ("mlp:width=0", "from 1 to"),
        ("mlp:width", "from 1 to"), ("mlp:", nil), ("mlp:width=3,width=4", "twice"),
        ("mlp:activation=rellu", "the nearest is relu"),
        ("residual-mlp:blocks=1001", "from 1 to 1000"),
        ("mlp:width=3,", "no \"\""), ("mlp:width=99999999999999999999", "from 1 to"),
    ])
    func presetsSayWhatTheyCannot(_ specification: String, _ part: String?) throws {
        let preset = try #require(Preset.named(specification))
        do {
            _ = try preset.text(specification)
            #expect(part == nil)
        } catch let error as PresetError {
            #expect(error.description.contains(part ?? "nothing"), "\(error)")
        }
    }
}
