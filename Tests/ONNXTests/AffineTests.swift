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

    /// scale / √(variance + ε) is 2, ½, 1 with ε = 0; the shift less mean times that is 1 − 2, 2 − 1, 3 − 3.
    private static let statistics = [
        tensor("scale", [3], [4, 1, 3]), tensor("shift", [3], [1, 2, 3]),
        tensor("mean", [3], [1, 2, 3]), tensor("variance", [3], [4, 4, 9]),
    ]
    private static let normalized = ["scale", "shift", "mean", "variance"]

    @Test func batchNormalizationBehindALayerIsFolded() throws {
        let (weight, bias) = try layer(
            [
                node("Gemm", ["x", "w", "b"], "h", [integer("transB", 1)]),
                node(
                    "BatchNormalization", ["h"] + Self.normalized, "y",
                    [float("epsilon", 0), float("momentum", 0.9)]),
            ], Self.statistics)
        #expect(weight == [2, 4, 1.5, 2, 5, 6])
        #expect(bias == [13, 5, 9])
    }

    /// Between a function and a product it goes into the product: U = 1 1 1 turns the shifts −1, 1, 0 into 0.
    @Test func batchNormalizationInFrontOfALayerIsFolded() throws {
        let file = try decode(
            foreign(
                [
                    node("Gemm", ["x", "v"], "h"), node("Relu", ["h"], "r"),
                    node("BatchNormalization", ["r"] + Self.normalized, "n", [float("epsilon", 0)]),
                    node("Gemm", ["n", "u", "c"], "y"),
                ],
                weights + Self.statistics + [
                    tensor("u", [3, 1], [1, 2, 4]), tensor("c", [1], [5]),
                ])
        )
        #expect(file["2.weight"]?.floats() == [2, 1, 4])
        #expect(file["2.bias"]?.floats() == [6])  // −1 + 2 + 0 + 5
        #expect(file.tensors.count == 3)
    }

    /// On the features themselves it is a preparation.
    @Test func batchNormalizationOfTheFeaturesIsTheirPreparation() throws {
        let file = try decode(
            foreign(
                [
                    node("BatchNormalization", ["x"] + Self.normalized, "n", [float("epsilon", 0)]),
                    node("Gemm", ["n", "u"], "y"),
                ], Self.statistics + [tensor("u", [3, 1], [1, 2, 4])], sample: [3]))
        #expect(
            try ModelDescription(of: file).network.inputs[0].preparation
                == Preparation(shift: [0.5, -2, 0], factor: [2, 0.5, 1], axis: 0))
    }

    @Test func batchNormalizationElsewhereIsRefused() throws {
        let inTraining = [
            node("Gemm", ["x", "v"], "h"),
            node("BatchNormalization", ["h"] + Self.normalized, "y", [integer("training_mode", 1)]),
        ]
        let last = [
            node("Gemm", ["x", "v"], "h"), node("Relu", ["h"], "r"),
            node("BatchNormalization", ["r"] + Self.normalized, "y"),
        ]
        for nodes in [inTraining, last] {
            #expect(throws: ONNXError.self) {
                try decode(foreign(nodes, weights + Self.statistics))
            }
        }
        let noDeviation = [Self.statistics[0], Self.statistics[1], Self.statistics[2]]
        #expect(throws: ONNXError.self) {
            try decode(
                foreign(
                    [
                        inTraining[0],
                        node(
                            "BatchNormalization", ["h"] + Self.normalized, "y",
                            [float("epsilon", 0)]),
                    ], weights + noDeviation + [tensor("variance", [3], [0, 1, 1])]))
        }
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
