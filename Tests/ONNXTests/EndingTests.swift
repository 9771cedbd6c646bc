import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining
import Testing

@testable import ONNX

/// A softmax or sigmoid at a model's end belongs to the loss: what leaves a model is known.
@Suite struct EndingTests {
    private static let samples: [Float] = [2, 1, -1, 3]
    private static let matrix = tensor("w", [2, 3], [2, 0, -1, 0, 1, 0])
    private static let column = tensor("w", [2, 1], [1, 0])

    private func read(
        _ weights: TensorProto, _ ending: NodeProto..., loss: (any Loss)? = nil
    ) throws -> Safetensors {
        try ONNXFile.decode(
            foreign([node("MatMul", ["x", "w"], "z")] + ending, [weights]).serializedBytes(),
            loss: loss)
    }

    private func loss(of file: Safetensors) throws -> any Loss {
        try ModelDescription(of: file).task.loss
    }

    /// By arithmetic: the logits are 4, 1, −2 and −2, 3, 1.
    @Test(arguments: [nil, CrossEntropy()] as [CrossEntropy?])
    func aSoftmaxIsTakenOff(stated: CrossEntropy?) throws {
        let file = try read(Self.matrix, node("Softmax", ["z"], "y"), loss: stated)
        let logits = try outputs(of: file, for: Self.samples)
        #expect(logits == [4, 1, -2, -2, 3, 1])
        #expect(try loss(of: file) is CrossEntropy)
        let probabilities = [logits[..<3], logits[3...]].flatMap {
            OutputMeaning.classes.probabilities($0) ?? []
        }
        #expect(
            isClose(
                probabilities, [0.9503, 0.0473, 0.0024, 0.0059, 0.8756, 0.1185], within: 6e-5))
        let description = try ModelDescription(of: file)
        let trainer = try Trainer(
            description.network, task: description.task, optimizer: SGD(), learningRate: 0.1,
            backend: ReferenceBackend<Double>())
        try trainer.load(file)
        let data = try Dataset(
            name: "two", features: Self.samples, sampleShape: [2], targets: [0, 1], targetWidth: 1)
        #expect(abs(try trainer.evaluate(data).loss - 0.09190) < 6e-6)
        #expect(try trainer.fit(data, options: TrainingOptions(length: .steps(1))).step == 1)
    }

    @Test(arguments: [nil, BinaryCrossEntropy()] as [BinaryCrossEntropy?])
    func aSigmoidIsTakenOff(stated: BinaryCrossEntropy?) throws {
        let file = try read(Self.column, node("Sigmoid", ["z"], "y"), loss: stated)
        let logits = try outputs(of: file, for: Self.samples)
        #expect(logits == [2, -1])
        #expect(try loss(of: file) is BinaryCrossEntropy)
        let probabilities = OutputMeaning.decisions.probabilities(logits) ?? []
        #expect(isClose(probabilities, [0.8808, 0.2689], within: 6e-5))
        #expect(OutputMeaning.decisions.predictedClass([logits[1]]) == 0)
    }

    /// Several decisions at once are as many sigmoids.
    @Test func severalSigmoidsAreTakenOff() throws {
        let file = try read(Self.matrix, node("Sigmoid", ["z"], "y"))
        #expect(try loss(of: file) is BinaryCrossEntropy)
        #expect(try outputs(of: file, for: Self.samples) == [4, 1, -2, -2, 3, 1])
    }

    @Test func aLogSoftmaxIsTakenOff() throws {
        for ending in [
            [node("LogSoftmax", ["z"], "y", [integer("axis", -1)])],
            [node("Softmax", ["z"], "p"), node("Log", ["p"], "y")],
        ] {
            let nodes = [node("MatMul", ["x", "w"], "z")] + ending
            let file = try decode(foreign(nodes, [Self.matrix]))
            #expect(try loss(of: file) is CrossEntropy)
            #expect(try outputs(of: file, for: Self.samples) == [4, 1, -2, -2, 3, 1])
        }
        #expect(throws: ONNXError.self) {
            try read(Self.matrix, node("LogSoftmax", ["z"], "y"), loss: .meanSquaredError)
        }
    }

    /// A loss of numbers compares them with the probabilities themselves.
    @Test func aLossOfNumbersKeepsTheLayer() throws {
        for (ending, weights) in [("Softmax", Self.matrix), ("Sigmoid", Self.column)] {
            let file = try read(
                weights, node(ending, ["z"], "y"), loss: .meanSquaredError)
            let layers = try #require(try ModelDescription(of: file).network.sequential?.layers)
            #expect(layers.count == 2)
            #expect(layers[1] is Softmax || layers[1] is Sigmoid)
        }
        let found = try outputs(
            of: read(Self.column, node("Sigmoid", ["z"], "y"), loss: .meanSquaredError),
            for: Self.samples)
        #expect(isClose(found, [0.8807971, 0.26894143], within: 1e-6))
    }

    /// `squeeze(-1)` and `[:, None]` around the last layer change no number.
    @Test func axesOfOnePlaceAtTheEndAreLeftOut() throws {
        let file = try read(
            Self.column, node("Sigmoid", ["z"], "p"),
            node("Squeeze", ["p"], "y", [.with { ($0.name, $0.ints) = ("axes", [1]) }]))
        #expect(try outputs(of: file, for: Self.samples) == [2, -1])
    }

    @Test func probabilitiesAreWrittenIfAskedFor() throws {
        for (file, last) in [
            (try read(Self.matrix), "Softmax"),
            (try read(Self.column, loss: .binaryCrossEntropy), "Sigmoid"),
        ] {
            let logits = try ModelProto(serializedBytes: ONNXFile.encode(file))
            let bytes = try ONNXFile.encode(file, probabilities: true)
            let model = try ModelProto(serializedBytes: bytes)
            #expect(logits.graph.node.map(\.opType) + [last] == model.graph.node.map(\.opType))
            #expect(model.graph.output.map(\.name) == model.graph.node.last?.output)
            // The description says the loss, and with it that the ending is no layer.
            #expect(try ONNXFile.decode([UInt8](bytes)).encoded() == file.encoded())
        }
    }

    private func read(_ weights: TensorProto, loss: (any Loss)? = nil) throws -> Safetensors {
        try ONNXFile.decode(
            foreign([node("MatMul", ["x", "w"], "y")], [weights]).serializedBytes(), loss: loss)
    }
}
