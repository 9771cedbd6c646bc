import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// What stands around a product is part of its weights.
@Suite struct AffineTests {
    private func layer(
        _ nodes: [NodeProto], _ more: [TensorProto] = []
    ) throws -> (weight: [Float]?, bias: [Float]?) {
        let file = try decode(foreign(nodes, weights + more))
        #expect(file.tensors.count <= 2)
        return (file["0.weight"]?.floats(), file["0.bias"]?.floats())
    }

    @Test func gemmScales() throws {
        let scaled = node(
            "Gemm", ["x", "w", "b"], "y",
            [integer("transB", 1), float("alpha", 0.5), float("beta", 2)])
        let (weight, bias) = try layer([scaled])
        #expect(weight == [0.5, 1, 1.5, 2, 2.5, 3])
        #expect(bias == [14, 16, 18])
        let without = node(
            "Gemm", ["x", "w", "b"], "y", [integer("transB", 1), float("beta", 0)])
        #expect(try layer([without]).bias == nil)
    }

    @Test(arguments: [[], [1], [1, 1]] as [[Int64]])
    func oneNumberIsABias(shape: [Int64]) throws {
        let one = tensor("c", shape, [0.5])
        for nodes in [
            [node("Gemm", ["x", "v", "c"], "y")],
            [node("MatMul", ["x", "v"], "p"), node("Add", ["c", "p"], "y")],
        ] {
            #expect(try layer(nodes, [one]).bias == [0.5, 0.5, 0.5])
        }
    }

    /// y = ((x·V − b) · 2) / (2, 4, 8): W rows 1 2, 3 4, 5 6.
    @Test func constantsBehindAProductAreFolded() throws {
        let nodes = [
            node("MatMul", ["x", "v"], "p"), node("Sub", ["p", "b"], "s"),
            node("Mul", ["two", "s"], "m"), node("Div", ["m", "powers"], "y"),
        ]
        let (weight, bias) = try layer(
            nodes, [tensor("two", [], [2]), tensor("powers", [3], [2, 4, 8])])
        #expect(weight == [1, 2, 1.5, 2, 1.25, 1.5])
        #expect(bias == [-7, -4, -2.25])
    }

    /// Three axes would make the batch another one than the first.
    @Test(arguments: [[1, 1, 3], [3, 1], [2], [3, 3]] as [[Int64]])
    func constantsOfOtherShapesAreRefused(shape: [Int64]) throws {
        let count = Int(shape.reduce(1, *))
        let constant = tensor("c", shape, [Float](repeating: 1, count: count))
        for name in ["Add", "Sub", "Mul", "Div"] {
            let nodes = [node("MatMul", ["x", "v"], "p"), node(name, ["p", "c"], "y")]
            #expect(throws: ONNXError.self) { try decode(foreign(nodes, weights + [constant])) }
        }
    }

    @Test func weightsInFrontAreRefused() throws {
        let error = #expect(throws: ONNXError.self) {
            try decode(foreign([node("MatMul", ["w", "x"], "y")], weights))
        }
        #expect(error?.description.contains("\"w\"") == true)
    }
}
