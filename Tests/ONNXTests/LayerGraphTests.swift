import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// Graphs of layers, both ways.
@Suite struct LayerGraphTests {
    /// A saved model with weights that differ from each other.
    private func saved(_ network: Network, _ task: TrainingTask) throws -> Safetensors {
        let layout = try ParameterLayout(of: network)
        return try Safetensors(
            layout.tensors(from: layout.initialValues(seed: 5)),
            metadata: [
                ModelDescription.metadataKey: ModelDescription(network, task: task).json()
            ])
    }

    static let networks: [(String, Network, TrainingTask)] = [
        (
            "flatten, layer norm",
            Network(
                Sequential {
                    Flatten()
                    Linear(6, 4)
                    LayerNorm(4, epsilon: 1e-3)
                    Linear(4, 2)
                }, inputShape: [2, 3]), TrainingTask(.crossEntropy)
        ),
        (
            "embedding",
            Network(
                Sequential {
                    Embedding(9, 4)
                    Linear(4, 3)
                    Flatten()
                    Linear(15, 2)
                }, inputShape: [5], .int32), TrainingTask(.crossEntropy)
        ),
        (
            "residual",
            Network(
                Sequential {
                    Residual {
                        Linear(4, 4)
                        ReLU()
                        Dropout(rate: 0.5)
                        Linear(4, 4)
                    }
                    Residual(Sequential([Linear(4, 3)]), shortcut: Sequential([Linear(4, 3)]))
                    Sigmoid()
                }, inputShape: [4]), TrainingTask(.meanSquaredError)
        ),
        (
            "parallel",
            Network(
                Sequential {
                    Parallel(
                        [Linear(4, 3), Sequential([Linear(4, 3), Tanh()]), Linear(4, 3)],
                        merge: .sum)
                    Parallel([Linear(3, 2), Linear(3, 2)], merge: .product)
                    Parallel([Linear(2, 5), Sequential([])], merge: .concatenation(axis: -1))
                }, inputShape: [4]), TrainingTask(.meanSquaredError)
        ),
        (
            "several inputs and outputs, a layer twice",
            Network(
                ModelGraph(
                    [
                        .init("trunk", Linear(3, 3), of: "p"),
                        .init("again", .shared("trunk"), of: ["q"]),
                        .init("both", .concatenation(axis: 1), of: ["trunk", "again"]),
                        .init(
                            "kind", Sequential([Linear(6, 4), ReLU(), Linear(4, 3)]), of: "both"),
                        .init("size", Linear(6, 1), of: "both"),
                        .init("sum", .sum, of: ["trunk", "again", "p"]),
                    ], outputs: ["kind": "kind", "size": "size", "same": "p", "total": "sum"]),
                inputs: [
                    ModelInput("p", [3], preparation: Preparation(shift: 1, factor: 2)),
                    ModelInput("q", [3]),
                ]),
            TrainingTask([
                Objective(output: "kind", target: "kind", loss: .crossEntropy),
                Objective(output: "size", target: "size", loss: .meanSquaredError),
            ])
        ),
        (
            "a layer alone", Network(Linear(3, 2), inputShape: [4, 3]),
            TrainingTask(.meanSquaredError)
        ),
    ]

    @Test(arguments: networks.indices)
    func everyModelComesBackExactly(place: Int) throws {
        let (_, network, task) = Self.networks[place]
        try ONNXFile.check(network)
        let original = try saved(network, task)
        let bytes = try ONNXFile.encode(original)
        let back = try ONNXFile.decode([UInt8](bytes))
        #expect(try back.encoded() == original.encoded())
        #expect(try ONNXFile.encode(back) == bytes)
        let graph = try ModelProto(serializedBytes: [UInt8](bytes)).graph
        let values =
            graph.initializer.map(\.name) + graph.input.map(\.name)
            + graph.node.flatMap(\.output)
        #expect(Set(values).count == values.count)
        #expect(graph.node.flatMap(\.input).allSatisfy { values.contains($0) })
        #expect(graph.output.allSatisfy { values.contains($0.name) })
        // Also with the weights of one layer in another order, or of one layer twice.
        let probabilities = try ONNXFile.encode(original, probabilities: true)
        #expect(try ONNXFile.decode([UInt8](probabilities)).encoded() == original.encoded())
    }

    /// What the metadata says is compared with the graph.
    @Test(arguments: networks.indices)
    func aContradictionIsRefused(place: Int) throws {
        let (_, network, task) = Self.networks[place]
        let model = try ModelProto(
            serializedBytes: [UInt8](ONNXFile.encode(saved(network, task))))
        var changed = model
        for (index, node) in model.graph.node.enumerated() {
            switch node.opType {
            case "Relu", "Sigmoid", "Tanh": changed.graph.node[index].opType = "Softplus"
            case "Mul" where node.input.allSatisfy({ !$0.hasPrefix("preparation") }):
                changed.graph.node[index].opType = "Add"
            case "LayerNormalization": changed.graph.node[index].attribute[1].f = 0.5
            case "Gather": changed.graph.node[index].attribute[0].i = 1
            default: continue
            }
        }
        if changed != model {
            #expect(throws: ONNXError.self) { try decode(changed) }
        }
        // Without the description the graph says what it can.
        changed = model
        changed.metadataProps = []
        let read = try decode(changed)
        #expect(read.tensors.count <= model.graph.initializer.count)
    }

    /// `x + B · relu(A · x)` of another program.
    @Test func aResidualGraphOfOthersIsRead() throws {
        let nodes = [
            node("Gemm", ["x", "a", "c"], "h", [integer("transB", 1)]), node("Relu", ["h"], "r"),
            node("Gemm", ["r", "d"], "g", [integer("transB", 1)]), node("Add", ["x", "g"], "s"),
            node("Gemm", ["s", "e"], "y"),
        ]
        let file = try decode(
            foreign(
                nodes,
                [
                    tensor("a", [2, 2], [1, 0, 0, -1]), tensor("c", [2], [0, 1]),
                    tensor("d", [2, 2], [2, 0, 0, 3]), tensor("e", [2, 1], [1, 10]),
                ]))
        // x = (1, 4): relu(1, −3) = (1, 0), doubled (2, 0), sum (3, 4), 3 + 40.
        #expect(try outputs(of: file, for: [1, 4]) == [43])
        let network = try ModelDescription(of: file).network
        #expect(network.sequential == nil && network.inputs.map(\.name) == ["features"])
        #expect(
            file.tensors.map(\.name).sorted() == ["0.bias", "0.weight", "2.weight", "4.weight"])
    }

    @Test func severalInputsAndOutputsOfOthersAreRead() throws {
        var model = foreign(
            [
                node("Gemm", ["x", "v"], "h"), node("Gemm", ["z.1", "v"], "g"),
                node("Concat", ["h", "g"], "both", [integer("axis", -1)]),
                node("Gemm", ["both", "u"], "first"), node("Softmax", ["both"], "second"),
            ], weights + [tensor("u", [6, 1], [1, 1, 1, 1, 1, 1])])
        model.graph.input.append(value("z.1", [2]))
        model.graph.output = [value("first", [1]), value("second", [6])]
        let file = try decode(model)
        let description = try ModelDescription(of: file)
        // A dot would divide the name of a parameter.
        #expect(description.network.inputs.map(\.name) == ["x", "input1"])
        #expect(description.task.objectives.map(\.output) == ["first", "second"])
        #expect(description.task.objectives[0].loss is MeanSquaredError)
        #expect(description.task.objectives[1].loss is CrossEntropy)
        // Both products have the same weights, which stay shared.
        #expect(file.tensors.map(\.name).sorted() == ["0.weight", "3.weight"])
    }

    @Test func embeddingsOfOthersAreRead() throws {
        var model = foreign(
            [
                node("Gather", ["t", "x"], "e"), node("Reshape", ["e", "s"], "f"),
                node("Gemm", ["f", "u"], "y"),
            ],
            [
                tensor("t", [3, 2], [1, 2, 3, 4, 5, 6]), integers("s", [0, -1]),
                tensor("u", [4, 1], [1, 10, 100, 1000]),
            ])
        model.graph.input[0].type.tensorType.elemType = ElementType.int64
        let network = try ModelDescription(of: decode(model)).network
        #expect(network.inputs[0].elementType == .int32)
        #expect(network.sequential?.layers.count == 3)
    }
}
