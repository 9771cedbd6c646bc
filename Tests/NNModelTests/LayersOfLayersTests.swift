import Foundation
import NNGraph
import NNModel
import NNReference
import NNTraining
import Testing

/// Layers that consist of layers, and what they are called.
@Suite struct LayersOfLayersTests {
    /// The result of a layer for one sample, with parameters that count up from 1.
    private func apply(_ layer: some Layer, to sample: [Double]) throws -> [Double] {
        let pass = try ForwardPass()
        let x = try Tensor.input("x", [1, sample.count])
        let graph = try Graph(outputs: ["y": layer(x, in: pass)])
        let backend = ReferenceBackend<Double>()
        let executable = try backend.compile(graph)
        try backend.write(sample, to: executable.buffer(named: "x"))
        for parameter in pass.parameters {
            let count = parameter.tensor.shape.count
            try backend.write(
                (1...count).map(Double.init), to: executable.buffer(named: parameter.name))
        }
        try executable.run()
        return try backend.read(executable.buffer(named: "y"))
    }

    private func names(_ layer: some Layer, inputs: Shape) throws -> [String] {
        try ParameterLayout(of: layer, inputShape: inputs).allEntries.map(\.name)
    }

    @Test func residualsAddTheirInput() throws {
        let body = Residual {
            Linear(2, 2, bias: false)
            ReLU()
        }
        // W = [[1, 2], [3, 4]]: x + max(W x, 0).
        #expect(try apply(body, to: [1, -1]) == [1, -1])
        #expect(try apply(body, to: [1, 1]) == [4, 8])
        let shortened = Residual(
            Sequential { Linear(2, 1, bias: false) },
            shortcut: Sequential { Linear(2, 1, bias: false) })
        #expect(try apply(shortened, to: [1, 1]) == [6])
        #expect(try names(shortened, inputs: [2]) == ["0.weight", "downsample.0.weight"])
        #expect(throws: ModelError.branchShapes(layer: "", [1, 1], [1, 2])) {
            try apply(Residual { Linear(2, 1) }, to: [1, 1])
        }
    }

    @Test func branchesAreJoined() throws {
        let branches: [any Layer] = [Linear(2, 2, bias: false), ReLU()]
        #expect(try apply(Parallel(branches, merge: .sum), to: [1, 1]) == [4, 8])
        #expect(try apply(Parallel(branches, merge: .product), to: [1, 2]) == [5, 22])
        #expect(
            try apply(Parallel(branches, merge: .concatenation(axis: 1)), to: [1, 1])
                == [3, 7, 1, 1])
        #expect(throws: ModelError.noBranches(layer: "")) {
            try apply(Parallel([], merge: .sum), to: [1])
        }
    }

    @Test func namesAreThoseThatWereGiven() throws {
        let model = Sequential([
            "conv1": Linear(3, 3),
            "layer1": Sequential {
                Residual(
                    Sequential(["conv1": Linear(3, 2), "conv2": Linear(2, 2)]),
                    shortcut: Sequential { Linear(3, 2, bias: false) })
            },
        ])
        let expected = [
            "conv1.weight", "conv1.bias", "layer1.0.conv1.weight", "layer1.0.conv1.bias",
            "layer1.0.conv2.weight", "layer1.0.conv2.bias", "layer1.0.downsample.0.weight",
        ]
        #expect(try Set(names(model, inputs: [3])) == Set(expected))
        for names in [["a", "a"], ["a.b", "c"], ["", "c"]] {
            let layers = KeyValuePairs<String, any Layer>(
                dictionaryLiteral: (names[0], ReLU()), (names[1], Linear(2, 2)))
            #expect(throws: ModelError.layerName(names[0])) {
                try ParameterLayout(of: Sequential(layers), inputShape: [2])
            }
        }
    }

    @Test func savedModelsSayAllOfIt() throws {
        let chain = Network(
            Sequential([
                "flat": Flatten(),
                "norm": LayerNorm(6, epsilon: 0.01),
                "long": Residual(
                    Sequential { Linear(6, 4) }, shortcut: Sequential(["s": Linear(6, 4)])),
                "wide": Parallel([ReLU(), Linear(4, 2)], merge: .concatenation(axis: -1)),
            ]), inputShape: [2, 3])
        let tokens = Network(
            Sequential {
                Embedding(7, 2, initializer: .normal(deviation: 0.5))
                Flatten()
            }, inputShape: [3], .int32)
        let graph = Network(
            ModelGraph(
                [
                    .init("trunk", Linear(3, 2), of: "a"),
                    .init("again", .shared("trunk"), of: ["b"]),
                    .init("both", .product, of: ["trunk", "again"]),
                ], outputs: ["y": "both", "z": "trunk"]),
            inputs: [ModelInput("a", [3]), ModelInput("b", [3])])
        for network in [chain, tokens, graph] {
            let json = try ModelDescription(network, task: TrainingTask(.meanSquaredError)).json()
            let read = try ModelDescription(json: json)
            #expect(try read.json() == json)
            let (before, after) = try (
                ParameterLayout(of: network), ParameterLayout(of: read.network)
            )
            #expect(after.entries == before.entries)
            #expect(after.outputShapes == before.outputShapes)
        }
    }

    @Test func graphsSayWhatDoesNotFit() throws {
        func build(_ parts: [ModelGraph.Part], _ outputs: [String: String]) throws {
            _ = try ParameterLayout(
                of: Network(ModelGraph(parts, outputs: outputs), inputs: [ModelInput("a", [3])]))
        }
        #expect(
            throws: ModelError.unknownSource(part: "x", source: "b", known: ["a"])
        ) { try build([.init("x", Linear(3, 3), of: "b")], ["x": "x"]) }
        #expect(throws: ModelError.layerName("a")) {
            try build([.init("a", Linear(3, 3), of: "a")], ["a": "a"])
        }
        #expect(
            throws: ModelError.unknownSource(part: "y", source: "z", known: ["x"])
        ) {
            try build(
                [.init("x", Linear(3, 3), of: "a"), .init("y", .shared("z"), of: ["a"])],
                ["x": "x"])
        }
    }
}
