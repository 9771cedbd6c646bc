import Foundation
import NNFiles
import NNGraph
import NNReference
import NNModel
import NNTraining
import TestSupport
import Testing

@Suite struct ModelDescriptionTests {
    private static let model = Sequential {
        Linear(4, 3, initializer: .heUniform)
        LeakyReLU(slope: 0.2)
        Sequential {
            Linear(3, 2, bias: false)
            Dropout(rate: 0.25)
        }
        Softmax()
    }
    private static let json = """
        {"inputShape":[4],"loss":"softmax-cross-entropy","model":{"layers":[\
        {"bias":true,"initializer":"he-uniform","inputs":4,"outputs":3,"type":"linear"},\
        {"slope":0.2,"type":"leaky-relu"},\
        {"layers":[{"bias":false,"initializer":"standard","inputs":3,"outputs":2,"type":"linear"},\
        {"rate":0.25,"type":"dropout"}],"type":"sequential"},\
        {"type":"softmax"}],"type":"sequential"}}
        """

    private func trainer(_ model: Sequential = model, seed: UInt64 = 1) throws -> Trainer {
        try Trainer(
            model: model, inputShape: [4], loss: .crossEntropy, optimizer: SGD(),
            learningRate: 0.1, seed: seed, backend: ReferenceBackend<Float>())
    }

    @Test func theTextIsStableAndComesBack() throws {
        #expect(try trainer().modelDescription.json() == Self.json)
        #expect(try ModelDescription(json: Self.json).json() == Self.json)
    }

    @Test func everyLayerComesBack() throws {
        let model = Sequential(
            [Linear(4, 4), Dropout(), Softmax(), LeakyReLU()]
                + Activation.allCases.map(\.layer))
        let json = try trainer(model).modelDescription.json()
        #expect(try ModelDescription(json: json).json() == json)
    }

    @Test func aLayerOfOnesOwnIsKnownWhereItIsNamed() throws {
        struct Doubling: Layer {
            static let typeName = "doubling"
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor { try x * 2 }
        }
        let json = try trainer(
            Sequential {
                Linear(4, 2); Doubling()
            }
        ).modelDescription.json()
        #expect(try ModelDescription(json: json, ownParts: [Doubling.self]).json() == json)
        let error = #expect(throws: ModelError.self) { _ = try ModelDescription(json: json) }
        #expect(error?.description.contains("unknown kind \"doubling\"") == true)
    }

    @Test(
        arguments: [
            ("", "it is not JSON, or nested too deeply"), ("[]", "\"\" is not of the kind"),
            (
                json.replacing("softmax-cross-entropy", with: "x"),
                "\"loss\" has no such value"
            ),
            (
                json.replacing("\"rate\":0.25,", with: ""),
                "\"model.layers.2.layers.1.rate\" is missing"
            ),
            (
                json.replacing("\"inputs\":4", with: "\"inputs\":\"4\""),
                "\"model.layers.0.inputs\" is not of the kind"
            ),
        ])
    func damagedTextsAreNamed(text: String, problem: String) {
        let error = #expect(throws: ModelError.self) { _ = try ModelDescription(json: text) }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }

    // MARK: - Limits

    private static func text(layers: String) -> String {
        #"{"inputShape":[4],"loss":"mse","model":{"type":"sequential","layers":[\#(layers)]}}"#
    }

    private static func nested(_ depth: Int) -> String {
        let (open, close) = (#"{"type":"sequential","layers":["#, "]}")
        // The model itself is the first sequence.
        return text(
            layers: String(repeating: open, count: depth - 1)
                + #"{"type":"linear","inputs":4,"outputs":2,"bias":true,"initializer":"standard"}"#
                + String(repeating: close, count: depth - 1))
    }

    @Test func aDescriptionMayHaveSoManyLayers() throws {
        let limit = ModelLimits.layerCount
        func text(_ count: Int) -> String {
            Self.text(
                layers: [String](repeating: #"{"type":"relu"}"#, count: count).joined(
                    separator: ","))
        }
        #expect(try ModelDescription(json: text(limit)).network.sequential?.layers.count == limit)
        for count in [limit + 1, 40_000] {
            #expect(throws: ModelError.layerCount(limit: limit)) {
                _ = try ModelDescription(json: text(count))
            }
        }
        // Each list is short, and together they are too long.
        let half =
            #"{"type":"sequential","layers":[\#([String](repeating: #"{"type":"relu"}"#, count: limit / 2).joined(separator: ","))]}"#
        #expect(throws: ModelError.layerCount(limit: limit)) {
            _ = try ModelDescription(json: Self.text(layers: "\(half),\(half)"))
        }
    }

    @Test func aDescriptionMayBeNestedSoDeeply() throws {
        let limit = ModelLimits.depth
        let deepest = try ModelDescription(json: Self.nested(limit))
        #expect(try deepest.json() == ModelDescription(json: deepest.json()).json())
        #expect(try ModelSummary(of: deepest.network).parameterCount == 10)
        #expect(throws: ModelError.nesting(limit: limit)) {
            _ = try ModelDescription(json: Self.nested(limit + 1))
        }
        // Deeper than the JSON parser goes.
        #expect(throws: ModelError.self) { _ = try ModelDescription(json: Self.nested(100_000)) }
    }

    @Test func modelsMadeInSwiftHaveTheSameLimits() throws {
        let many = Sequential((0..<40_000).map { _ in Linear(1, 1) })
        #expect(throws: ModelError.layerCount(limit: ModelLimits.layerCount)) {
            _ = try ParameterLayout(of: many, inputShape: [1])
        }
        let deep = (0..<200).reduce(Sequential([Linear(4, 4)])) { inner, _ in Sequential([inner]) }
        for body in [
            { _ = try ParameterLayout(of: deep, inputShape: [4]) },
            { _ = try deep(.input("x", [1, 4]), in: ForwardPass()) },
            {
                _ = try ModelDescription(model: deep, inputShape: [4], loss: .meanSquaredError)
                    .json()
            },
        ] as [() throws -> Void] {
            #expect(throws: ModelError.nesting(limit: ModelLimits.depth), performing: body)
        }
    }

    /// 10,000 layers are no reason to compare each name with all others.
    @Test func aLongModelHasItsParametersInOrder() throws {
        let count = ModelLimits.layerCount
        let model = Sequential((0..<count).map { _ in Linear(1, 1) })
        let layout = try ParameterLayout(of: model, inputShape: [1])
        #expect(layout.count == 2 * count)
        #expect(layout.entries.last?.name == "\(count - 1).bias")
        let values = (0..<2 * count).map { Float($0) }
        let file = try Safetensors(
            layout.tensors(from: ParameterValues(trained: values)).reversed())
        #expect(try layout.values(from: file).trained == values)
    }

    @Test func samplesOfVeryManyAxesAreRefused() throws {
        let text = Self.nested(1).replacing("[4]", with: "[\(String(repeating: "1,", count: 99))4]")
        let description = try ModelDescription(json: text)
        #expect(throws: ModelError.inputSize(description.network.inputShape)) {
            _ = try ModelSummary(of: description.network)
        }
    }

    @Test func aSavedModelIsOneFile() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "model.safetensors")
        let saved = try trainer()
        try saved.save(to: url)
        let file = try Safetensors(contentsOf: url)
        #expect(Set(file.tensors.map(\.name)) == ["0.weight", "0.bias", "2.0.weight"])
        #expect(file["0.weight"]?.shape == [3, 4])

        let description = try ModelDescription(of: file)
        let loaded = try trainer(#require(description.network.sequential), seed: 2)
        let sample: [Float] = [1, -2, 0.5, 3]
        #expect(try loaded.predict(sample) != saved.predict(sample))
        try loaded.load(file)
        #expect(try loaded.predict(sample) == saved.predict(sample))
        #expect(try loaded.parameters().encoded() == file.encoded())
    }

    @Test func weightsThatDoNotFitAreNamedAndChangeNothing() throws {
        let trainer = try trainer()
        let before = try trainer.parameters()
        let tensors = before.tensors
        func error(_ tensors: [Safetensors.Tensor]) -> ModelError? {
            #expect(throws: ModelError.self) { try trainer.load(Safetensors(tensors)) }
        }
        let names = ["0.weight", "0.bias", "2.0.weight"]
        let extra = try Safetensors.Tensor(name: "7.weight", shape: [1], floats: [1])
        let flat = try Safetensors.Tensor(name: "0.bias", shape: [1, 3], floats: [1, 2, 3])
        let bad = try Safetensors.Tensor(name: "0.bias", shape: [3], floats: [1, .nan, 3])
        let others = tensors.filter { $0.name != "0.bias" }
        #expect(error(others) == .missingParameter("0.bias"))
        #expect(
            error(tensors + [extra]) == .unexpectedParameter("7.weight", known: names))
        #expect(
            error(others + [flat])
                == .parameterShape(name: "0.bias", expected: [3], found: [1, 3]))
        #expect(error(others + [bad]) == .parameterNotFinite(name: "0.bias"))
        #expect(try trainer.parameters() == before)
    }

    @Test func aDescriptionThatDoesNotFitItsFileIsRefused() throws {
        var file = try trainer().parameters()
        // Gigabytes of weights, which must not be made before the file is looked at.
        file.metadata["nngpu"] = Self.json
            .replacing("\"outputs\":3", with: "\"outputs\":268435456")
            .replacing("\"inputs\":3", with: "\"inputs\":268435456")
        let shape = Shape([268_435_456, 4])
        #expect(
            throws: ModelError.parameterShape(name: "0.weight", expected: shape, found: [3, 4])
        ) { _ = try ModelDescription(of: file) }
        file.metadata = [:]
        let error = #expect(throws: ModelError.self) { _ = try ModelDescription(of: file) }
        #expect(error == .noDescription)
    }

    @Test func theSummaryListsLayersAndTheTotal() throws {
        let summary = try ModelSummary(of: Self.model, inputShape: [4])
        #expect(summary.rows.map(\.path) == ["0", "1", "2.0", "2.1", "3"])
        #expect(summary.rows.map(\.parameterCount) == [15, 0, 6, 0, 0])
        #expect(summary.parameterCount == 21)
        #expect(
            summary.description == """
                     layer           output  parameters
                0    Linear          [3]             15
                1    LeakyReLU(0.2)  [3]              0
                2.0  Linear          [2]              6
                2.1  Dropout(0.25)   [2]              0
                3    Softmax         [2]              0
                21 parameters
                """)
    }
}
