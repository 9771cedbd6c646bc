import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// Formulas of several nodes, as exporters write them, that stand for one layer.
struct Formula: CustomTestStringConvertible, Sendable {
    let testDescription: String
    /// From `z` to `y`.
    let nodes: [NodeProto]
    let function: LayerFunction

    init(_ name: String, _ function: LayerFunction, _ nodes: [NodeProto]) {
        (testDescription, self.function, self.nodes) = (name, function, nodes)
    }

    private static let gate = [
        node("Div", ["z", "root"], "s"), node("Erf", ["s"], "e"), node("Add", ["e", "one"], "g"),
    ]
    private static let threshold = [
        node("Softplus", ["z"], "s"), node("Greater", ["z", "twenty"], "c"),
    ]

    private static let hard = [
        node("Add", ["z", "three"], "a"), node("Clip", ["a", "zero", "six"], "c"),
    ]

    static let all = [
        Formula(
            "x · gate · ½, as of opset 13", .gelu,
            gate + [node("Mul", ["z", "g"], "m"), node("Mul", ["m", "half"], "y")]),
        Formula(
            "½ · gate · x", .gelu,
            gate + [node("Mul", ["half", "g"], "m"), node("Mul", ["z", "m"], "y")]),
        Formula(
            "½ · x first", .gelu,
            [node("Mul", ["half", "z"], "h")] + gate + [node("Mul", ["h", "g"], "y")]),
        Formula(
            "gate · (x / 2)", .gelu,
            [node("Div", ["z", "two"], "h")] + gate + [node("Mul", ["g", "h"], "y")]),
        Formula(
            "by the inverse root, ½ last", .gelu,
            [
                node("Mul", ["inverse", "z"], "s"), node("Erf", ["s"], "e"),
                node("Add", ["one", "e"], "g"), node("Mul", ["g", "z"], "m"),
                node("Mul", ["half", "m"], "y"),
            ]),
        Formula(
            "softplus with a threshold", .softplus,
            threshold + [node("Where", ["c", "z", "s"], "y")]),
        Formula(
            "softplus with a factor of 1", .softplus,
            [
                node("Mul", ["one", "z"], "scaled"), node("Softplus", ["scaled"], "soft"),
                node("Div", ["soft", "one"], "s"), node("Greater", ["scaled", "twenty"], "c"),
                node("Where", ["c", "z", "s"], "y"),
            ]),
        Formula("clipped from below", .relu, [node("Clip", ["z", "zero"], "y")]),
        Formula("clipped by a setting", .relu, [node("Clip", ["z"], "y", [float("min", 0)])]),
        Formula("the larger of 0", .relu, [node("Max", ["z", "zero"], "y")]),
        Formula("clipped at 0 and 6", .relu6, [node("Clip", ["z", "zero", "six"], "y")]),
        Formula(
            "the smaller of 6", .relu6,
            [node("Relu", ["z"], "r"), node("Min", ["r", "six"], "y")]),
        Formula("Elu", .elu(alpha: 0.5), [node("Elu", ["z"], "y", [float("alpha", 0.5)])]),
        Formula(
            "x · sigmoid", .silu, [node("Sigmoid", ["z"], "s"), node("Mul", ["s", "z"], "y")]),
        Formula("Mish", .mish, [node("Mish", ["z"], "y")]),
        Formula(
            "x · tanh of softplus", .mish,
            [
                node("Softplus", ["z"], "s"), node("Tanh", ["s"], "t"),
                node("Mul", ["z", "t"], "y"),
            ]),
        Formula("HardSwish", .hardswish, [node("HardSwish", ["z"], "y")]),
        Formula(
            "x · HardSigmoid, as of opset 13", .hardswish,
            [
                node("HardSigmoid", ["z"], "s", [float("alpha", 1 / 6)]),
                node("Mul", ["z", "s"], "y"),
            ]),
        Formula(
            "x · (relu6(x + 3) / 6)", .hardswish,
            hard + [node("Div", ["c", "six"], "g"), node("Mul", ["z", "g"], "y")]),
        Formula(
            "x · relu6(x + 3) · ⅙", .hardswish,
            hard + [node("Mul", ["c", "z"], "m"), node("Mul", ["m", "sixth"], "y")]),
    ]

    static let constants = [
        ("root", Float(2).squareRoot()), ("inverse", Float(0.5).squareRoot()), ("one", 1),
        ("half", 0.5), ("two", 2), ("twenty", 20), ("zero", 0), ("three", 3), ("six", 6),
        ("sixth", 1 / 6),
    ].map { tensor($0.0, [], [$0.1]) }
}

@Suite struct FormulaTests {
    private func read(_ nodes: [NodeProto], _ more: [TensorProto] = []) throws -> Safetensors {
        try ONNXFile.decode(
            foreign(
                [node("MatMul", ["x", "v"], "p"), node("Add", ["p", "b"], "z")] + nodes,
                weights + Formula.constants + more
            ).serializedBytes(), loss: .meanSquaredError)
    }

    @Test(arguments: Formula.all)
    func aFormulaIsItsLayer(formula: Formula) throws {
        let file = try read(formula.nodes)
        let layers = try #require(try ModelDescription(of: file).network.sequential?.layers)
        #expect(layers.map { LayerFunction(of: $0) } == [nil, formula.function])
        #expect(file["0.bias"]?.floats() == [7, 8, 9])
    }

    /// Numbers of torch 2.15: GELU at 3, −0.5 and 1.
    @Test func theLayerHasTheFormulasNumbers() throws {
        let file = try decode(
            foreign(
                [node("Gemm", ["x", "i"], "z")] + Formula.all[0].nodes,
                [tensor("i", [1, 1], [1])] + Formula.constants, sample: [1]))
        #expect(
            isClose(try outputs(of: file, for: [3, -0.5, 1]), [2.995950, -0.154269, 0.841345]))
    }

    @Test(
        arguments: [
            (
                "tanh", "GELU by tanh",
                [
                    ("Tanh", ["z"]), ("Add", ["t0", "one"]), ("Mul", ["t1", "z"]),
                    ("Mul", ["t2", "half"]),
                ]
            ),
            ("upper bound", "clips", [("Clip", ["z", "zero", "two"])]),
            ("bound of 1", "clips", [("Max", ["z", "one"])]),
            (
                "low threshold", "chooses",
                [
                    ("Softplus", ["z"]), ("Greater", ["z", "two"]),
                    ("Where", ["t1", "z", "t0"]),
                ]
            ),
            (
                "another root", "erf",
                [
                    ("Div", ["z", "two"]), ("Erf", ["t0"]), ("Add", ["t1", "one"]),
                    ("Mul", ["t2", "z"]), ("Mul", ["t3", "half"]),
                ]
            ),
            ("power", "constant", [("Pow", ["z", "two"])]),
            ("reciprocal", "\"Reciprocal\"", [("Reciprocal", ["z"])]),
        ] as [(String, String, [(String, [String])])])
    func whatIsNoLayerIsRefused(
        name: String, words: String, steps: [(String, [String])]
    ) throws {
        let nodes = steps.enumerated().map { place, step in
            node(step.0, step.1, place == steps.count - 1 ? "y" : "t\(place)")
        }
        let error = #expect(throws: ONNXError.self) { try read(nodes) }
        let sentence = try #require(error?.description)
        #expect(sentence.lowercased().contains(words.lowercased()), "\(sentence)")
    }

    /// x · sigmoid(x), SiLU, is no layer of its own and still a graph of layers.
    @Test func aProductOfResultsIsAGraph() throws {
        let file = try read([node("Sigmoid", ["z"], "s"), node("Mul", ["z", "s"], "y")])
        // z = x · V + b of x = (1, −1): 1·1 − 2 + 7, 3 − 4 + 8, 5 − 6 + 9.
        let z: [Float] = [6, 7, 8]
        #expect(
            isClose(try outputs(of: file, for: [1, -1]), z.map { $0 / (1 + exp(-$0)) }))
    }

    /// As old exporters and TensorFlow write layer normalization: of 1, 2, 4, 8 by torch 2.15, times 2 plus 1.
    @Test func layerNormalizationIsRecognized() throws {
        let start = [
            node("Gemm", ["x", "i"], "z"),
            node("ReduceMean", ["z"], "mean", [.with { ($0.name, $0.ints) = ("axes", [-1]) }]),
            node("Sub", ["z", "mean"], "d"),
        ]
        func variance(_ square: NodeProto) -> [NodeProto] {
            start + [
                square,
                node("ReduceMean", ["q"], "v", [.with { ($0.name, $0.ints) = ("axes", [1]) }]),
                node("Add", ["v", "epsilon"], "w"), node("Sqrt", ["w"], "r"),
            ]
        }
        let old =
            variance(node("Pow", ["d", "two"], "q")) + [
                node("Div", ["d", "r"], "n"), node("Mul", ["n", "gain"], "m"),
                node("Add", ["m", "shift"], "y"),
            ]
        let other =
            variance(node("Mul", ["d", "d"], "q")) + [
                node("Neg", ["mean"], "minus"), node("Reciprocal", ["r"], "inverse deviation"),
                node("Mul", ["inverse deviation", "gain"], "m"), node("Mul", ["z", "m"], "a"),
                node("Mul", ["minus", "m"], "o"), node("Add", ["o", "shift"], "s"),
                node("Add", ["a", "s"], "y"),
            ]
        let whole =
            [start[0]] + [
                node(
                    "LayerNormalization", ["z", "gain", "shift"], "y",
                    [integer("axis", -1), float("epsilon", 1e-5)])
            ]
        let identity = (0..<16).map { Float($0 % 5 == 0 ? 1 : 0) }
        for nodes in [old, other, whole] {
            let file = try decode(
                foreign(
                    nodes,
                    Formula.constants + [
                        tensor("i", [4, 4], identity), tensor("epsilon", [], [1e-5]),
                        tensor("gain", [4], [2, 2, 2, 2]), tensor("shift", [4], [1, 1, 1, 1]),
                    ], sample: [4]))
            let normalized: [Float] = [-1.025755, -0.652753, 0.093250, 1.585257]
            #expect(
                isClose(try outputs(of: file, for: [1, 2, 4, 8]), normalized.map { 2 * $0 + 1 }))
        }
    }
}
