import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// What is done to features before the first layer, in ONNX.
@Suite struct PreparationTests {
    private func saved(_ preparation: Preparation, inputShape: Shape) throws -> Safetensors {
        let features = inputShape.dimensions.last ?? 1
        let network = Network(
            Sequential([Linear(features, 3), ReLU(), Linear(3, 2)]), inputShape: inputShape,
            preparation: preparation)
        let layout = try ParameterLayout(of: network)
        let description = ModelDescription(network, task: TrainingTask(.crossEntropy))
        return try Safetensors(
            layout.tensors(from: layout.initialValues(seed: 3)),
            metadata: [ModelDescription.metadataKey: description.json()])
    }

    static let preparations: [(Preparation, Shape)] = {
        let byColumn = try? Preparation(shift: [1, 2, 3, 4], factor: [0.5, 2, 1, 3], axis: 0)
        let byChannel = try? Preparation(shift: [0, 0], factor: [0.5, 2], axis: 0)
        let all: [(Preparation?, Shape)] = [
            (Preparation(shift: 0.5, factor: 2), [4]), (Preparation(shift: 0, factor: 255), [4]),
            (byColumn, [4]), (byChannel, [2, 5, 4]),
        ]
        return all.compactMap { preparation, shape in preparation.map { ($0, shape) } }
    }()

    @Test(arguments: preparations)
    func itStandsInFrontAndComesBack(preparation: Preparation, inputShape: Shape) throws {
        let original = try saved(preparation, inputShape: inputShape)
        let bytes = try [UInt8](ONNXFile.encode(original))
        #expect(try ONNXFile.decode(bytes).encoded() == original.encoded())
        // The graph says it, not the description alone.
        var model = try ModelProto(serializedBytes: bytes)
        model.metadataProps = []
        let foreign = try ONNXFile.decode(model.serializedBytes())
        let network = try ModelDescription(of: foreign).network
        #expect(network.inputs[0].preparation == preparation)
        // One that contradicts the description is refused.
        model = try ModelProto(serializedBytes: bytes)
        model.graph.node[0].opType = "Div"
        #expect(throws: ONNXError.self) { try ONNXFile.decode(model.serializedBytes()) }
    }

    /// As Keras and skl2onnx write the scaling of features.
    @Test(
        arguments: [
            (["Sub", "Div"], [[1, 2], [4, 0.5]], [1, 2], [0.25, 2]),
            (["Div"], [[4, 0.5]], [0, 0], [0.25, 2]),
            (["Mul", "Mul"], [[2, 3], [10]], [0, 0], [20, 30]),
            (["Sub", "Mul"], [[3], [2, 4]], [3, 3], [2, 4]),
            // y = 2x − 1 and 4x − 1; y = (x + 1) / 4 − 2.
            (["Mul", "Sub"], [[2, 4], [1]], [0.5, 0.25], [2, 4]),
            (["Add", "Div", "Add"], [[1, 1], [4], [-2]], [7, 7], [0.25, 0.25]),
        ] as [([String], [[Float]], [Float], [Float])])
    func othersAreRead(
        operators: [String], constants: [[Float]], shift: [Float], factor: [Float]
    ) throws {
        let graph = self.graph(zip(operators, constants).map { ($0, $1, [Int64($1.count)]) })
        let network = try ModelDescription(of: ONNXFile.decode(graph.serializedBytes())).network
        #expect(
            try network.inputs[0].preparation
                == Preparation(shift: shift, factor: factor, axis: 0))
    }

    @Test(
        arguments: [
            [("Mul", [0, 3], [2]), ("Sub", [1], [1])], [("Sub", [1, 2, 3], [3])],
            [("Sub", [1, 2, 3, 4], [2, 2])], [("Div", [0, 1], [2])], [("Mul", [.nan], [1])],
        ] as [[(String, [Float], [Int64])]])
    func whatIsNoPreparationIsRefused(steps: [(String, [Float], [Int64])]) throws {
        let graph = try graph(steps).serializedBytes() as [UInt8]
        #expect(throws: ONNXError.self) { try ONNXFile.decode(graph) }
    }

    /// The steps in front of an affine layer of two features.
    private func graph(_ steps: [(String, [Float], [Int64])]) -> ModelProto {
        var nodes: [NodeProto] = []
        var tensors = [tensor("w", [1, 2], [1, 1]), tensor("b", [1], [0])]
        for (index, step) in steps.enumerated() {
            tensors.append(tensor("c\(index)", step.2, step.1))
            nodes.append(
                node(step.0, [index == 0 ? "x" : "s\(index - 1)", "c\(index)"], "s\(index)"))
        }
        nodes.append(
            node("Gemm", ["s\(steps.count - 1)", "w", "b"], "y", [integer("transB", 1)]))
        return foreign(nodes, tensors)
    }
}
