import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// A way in which other programs write an affine layer of `weights`, from `x` to `y`.
struct AffineForm: CustomTestStringConvertible, Sendable {
    let name: String
    let nodes: [NodeProto]
    var sample: [Int64] = [2]

    var testDescription: String { name }

    private static let gemm = node("Gemm", ["x", "w", "b"], "y", [integer("transB", 1)])

    static let all = [
        AffineForm(name: "Gemm, transposed", nodes: [gemm]),
        AffineForm(
            name: "Gemm",
            nodes: [
                node(
                    "Gemm", ["x", "v", "b"], "y",
                    [
                        float("alpha", 1), float("beta", 1), integer("transA", 0),
                        integer("transB", 0),
                    ])
            ]),
        AffineForm(
            name: "MatMul and Add",
            nodes: [node("MatMul", ["x", "v"], "p"), node("Add", ["p", "b"], "y")]),
        AffineForm(
            name: "Add the other way",
            nodes: [node("MatMul", ["x", "v"], "p"), node("Add", ["b", "p"], "y")]),
        AffineForm(
            name: "Transpose",
            nodes: [
                node("Transpose", ["w"], "t"), node("MatMul", ["x", "t"], "p"),
                node("Add", ["p", "b"], "y"),
            ]),
        AffineForm(
            name: "Gemm of a transposed transpose",
            nodes: [
                node("Transpose", ["v"], "t"),
                node("Gemm", ["x", "t", "b"], "y", [integer("transB", 1)]),
            ]),
        AffineForm(
            name: "Constant",
            nodes: [
                node(
                    "Constant", [], "c",
                    [.with { ($0.name, $0.t, $0.type) = ("value", weights[0], .tensor) }]),
                node("Gemm", ["x", "c", "b"], "y", [integer("transB", 1)]),
            ]),
        AffineForm(
            name: "Flatten, Identity, Dropout",
            nodes: [
                node("Flatten", ["x"], "f"), node("Identity", ["f"], "i"),
                node("Dropout", ["i"], "d"),
                node("Identity", ["b"], "c"),
                node("Gemm", ["d", "w", "c"], "y", [integer("transB", 1)]),
            ], sample: [1, 2, 1]),
        AffineForm(
            name: "Reshape",
            nodes: [
                node(
                    "Constant", [], "s",
                    [.with { ($0.name, $0.ints, $0.type) = ("value_ints", [-1, 2], .ints) }]),
                node("Reshape", ["x", "s"], "r"),
                node("Gemm", ["r", "w", "b"], "y", [integer("transB", 1)]),
            ], sample: [2, 1]),
    ]
}

@Suite struct ForeignGraphTests {
    @Test(arguments: AffineForm.all)
    func everyFormOfAnAffineLayerIsRead(form: AffineForm) throws {
        let file = try decode(foreign(form.nodes, weights, sample: form.sample))
        #expect(file["0.weight"]?.floats() == [1, 2, 3, 4, 5, 6])
        #expect(file["0.weight"]?.shape == [3, 2])
        #expect(file["0.bias"]?.floats() == [7, 8, 9])
        #expect(file.tensors.count == 2)
        #expect(try ModelDescription(of: file).network.inputShape == [2])
    }

    @Test func theInputsSizeMayBeLeftOut() throws {
        var model = foreign(AffineForm.all[0].nodes, weights)
        model.graph.input[0].type.tensorType.clearShape()
        #expect(try ModelDescription(of: decode(model)).network.inputShape == [2])
        model.graph.input[0].clearType()
        #expect(try ModelDescription(of: decode(model)).network.inputShape == [2])
    }

    @Test func weightsMayBeListedAsInputs() throws {
        var model = foreign(AffineForm.all[0].nodes, weights)
        model.graph.input += [value("w", []), value("b", [])]
        #expect(try decode(model)["0.bias"]?.floats() == [7, 8, 9])
    }

    @Test func activationsAreRead() throws {
        let kinds = ["Sigmoid", "Tanh", "Relu", "LeakyRelu", "Gelu", "Softplus", "Softmax"]
        var nodes = [node("Gemm", ["x", "v"], "y0")]
        for (index, kind) in kinds.enumerated() {
            let isLast = index == kinds.count - 1
            nodes.append(node(kind, ["y\(index)"], isLast ? "y" : "y\(index + 1)"))
        }
        let file = try ONNXFile.decode(
            foreign(nodes, weights).serializedBytes(), loss: .meanSquaredError)
        let layers = try #require(try ModelDescription(of: file).network.sequential?.layers)
        #expect(
            layers.dropFirst().map { LayerFunction(of: $0) } == [
                .sigmoid, .tanh, .relu, .leakyReLU(slope: 0.01), .gelu, .softplus, .softmax,
            ])
        #expect((layers.first as? Linear)?.hasBias == false)
    }

    @Test func theLossIsGuessedFromTheOutputs() throws {
        let many = try decode(foreign(AffineForm.all[0].nodes, weights))
        #expect(try ModelDescription(of: many).task.loss is CrossEntropy)
        let one = foreign([node("MatMul", ["x", "u"], "y")], [tensor("u", [2, 1], [1, 2])])
        #expect(try ModelDescription(of: decode(one)).task.loss is MeanSquaredError)
        let given = try ONNXFile.decode([UInt8](one.serializedData()), loss: .binaryCrossEntropy)
        #expect(try ModelDescription(of: given).task.loss is BinaryCrossEntropy)
    }

    @Test func aBiasMayServeTwoLayers() throws {
        let nodes = [
            node("Gemm", ["x", "w", "b"], "h", [integer("transB", 1)]),
            node("Gemm", ["h", "q", "b"], "y"),
        ]
        let square = tensor("q", [3, 3], [Float](repeating: 1, count: 9))
        let file = try decode(foreign(nodes, weights + [square]))
        #expect(file["0.bias"]?.floats() == file["1.bias"]?.floats())
    }

    @Test func aLongChainIsReadToItsLimit() throws {
        func chain(layers: Int, nodes count: Int) -> ModelProto {
            let first = [node("MatMul", ["x", "v"], "y0")]
            let rest = (1..<count).map { index in
                node(
                    index < layers ? "Relu" : "Identity", ["y\(index - 1)"],
                    index == count - 1 ? "y" : "y\(index)")
            }
            return foreign(first + rest, weights)
        }
        let (layers, nodes) = (ModelLimits.layerCount, GraphReader.maximumNodeCount)
        let whole = try decode(chain(layers: layers, nodes: nodes))
        #expect(try ModelDescription(of: whole).network.sequential?.layers.count == layers)
        #expect(throws: ModelError.layerCount(limit: layers)) {
            try decode(chain(layers: layers + 1, nodes: layers + 1))
        }
        #expect(throws: ONNXError(.tooManyNodes(nodes + 1))) {
            try decode(chain(layers: 1, nodes: nodes + 1))
        }
        // What is written is read, with three nodes for each layer.
        let model = Sequential((0..<layers).map { _ in Linear(1, 1) })
        let layout = try ParameterLayout(of: model, inputShape: [1, 1])
        let saved = try Safetensors(
            layout.tensors(from: layout.initialValues(seed: 1)),
            metadata: [
                ModelDescription.metadataKey: ModelDescription(
                    model: model, inputShape: [1, 1], loss: .meanSquaredError
                ).json()
            ])
        #expect(try ONNXFile.decode([UInt8](ONNXFile.encode(saved))).tensors.count == 2 * layers)
    }
}
