import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// A graph over space of another program, and what it gives for samples in a row.
struct SpaceGraph: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let nodes: [NodeProto]
    var constants: [TensorProto] = []
    let sample: [Int64]
    let x: [Float]
    let y: [Float]

    /// The nodes behind a layer with a parameter that does nothing, if they have none themselves.
    var trained: [NodeProto] {
        let own: Set = [
            "Conv", "ConvTranspose", "BatchNormalization", "Sqrt", "InstanceNormalization",
        ]
        guard !nodes.contains(where: { own.contains($0.opType) }) else { return nodes }
        var nodes = nodes
        nodes[0].input[0] = "first"
        return [node("PRelu", ["x", "unit"], "first")] + nodes
    }

    /// The constants of these nodes.
    var allConstants: [TensorProto] { constants + [tensor("unit", [1], [1])] }

    private static func list(_ name: String, _ values: [Int64]) -> AttributeProto {
        .with { ($0.name, $0.ints) = (name, values) }
    }

    private static func text(_ name: String, _ value: String) -> AttributeProto {
        .with { ($0.name, $0.s) = (name, .init(value.utf8)) }
    }

    private static func ramp(_ count: Int) -> [Float] { (1...count).map { Float($0) } }

    private static let cross = tensor("w", [1, 1, 3, 3], [0, 1, 0, 10, 0, 100, 0, 1000, 0])

    /// PyTorch's numbers for the same windows.
    private static func convolved(
        _ name: String, _ nodes: [NodeProto], _ more: [TensorProto] = [], y: [Float]
    ) -> SpaceGraph {
        SpaceGraph(
            testDescription: name, nodes: nodes, constants: [cross] + more, sample: [1, 3, 3],
            x: ramp(9), y: y)
    }

    private static func padded(_ mode: String, _ y: [Float]) -> SpaceGraph {
        convolved(
            "padded by \(mode)",
            [node("Pad", ["x", "p"], "q", [text("mode", mode)]), node("Conv", ["q", "w"], "y")],
            [integers("p", [0, 0, 1, 1, 0, 0, 1, 1])], y: y)
    }

    private static let zeros: [Float] = [4200, 5310, 6020, 7501, 8642, 9053, 804, 975, 86]

    static let all: [SpaceGraph] = [
        convolved(
            "pads", [node("Conv", ["x", "w"], "y", [list("pads", [1, 1, 1, 1])])], y: zeros),
        convolved(
            "as many", [node("Conv", ["x", "w"], "y", [text("auto_pad", "SAME_UPPER")])],
            y: zeros),
        convolved("bare", [node("Conv", ["x", "w"], "y", [text("auto_pad", "VALID")])], y: [8642]),
        padded("constant", zeros),
        padded("wrap", [4237, 5318, 6129, 7561, 8642, 9453, 1894, 2975, 3786]),
        padded("reflect", [4224, 5315, 6226, 7551, 8642, 9553, 4884, 5975, 6886]),
        padded("edge", [4211, 5312, 6323, 7541, 8642, 9653, 7874, 8975, 9986]),
        SpaceGraph(
            testDescription: "as many of an even window, the odd place at the end",
            nodes: [node("Conv", ["x", "k"], "y", [text("auto_pad", "SAME_UPPER")])],
            constants: [tensor("k", [1, 1, 4], [1, 10, 100, 1000])], sample: [1, 5], x: ramp(5),
            y: [3210, 4321, 5432, 543, 54]),
        SpaceGraph(
            testDescription: "the odd place in front",
            nodes: [node("Conv", ["x", "k"], "y", [text("auto_pad", "SAME_LOWER")])],
            constants: [tensor("k", [1, 1, 2], [1, 10])], sample: [1, 3], x: ramp(3),
            y: [10, 21, 32]),
        SpaceGraph(
            testDescription: "groups",
            nodes: [node("Conv", ["x", "k"], "y", [integer("group", 2)])],
            constants: [
                tensor("k", [6, 2, 1, 1], [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60])
            ], sample: [4, 1, 1], x: ramp(4), y: [21, 42, 63, 172, 215, 258]),
        SpaceGraph(
            testDescription: "transposed, with output padding",
            nodes: [
                node(
                    "ConvTranspose", ["x", "k"], "y",
                    [
                        list("strides", [2, 2]), list("pads", [1, 1, 1, 1]),
                        list("output_padding", [1, 1]),
                    ])
            ], constants: [tensor("k", [1, 1, 3, 3], ramp(9))], sample: [1, 2, 2], x: ramp(4),
            y: [5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36]),
        SpaceGraph(
            testDescription: "a factor and a shift behind a transposed convolution in groups",
            nodes: [
                node("ConvTranspose", ["x", "k"], "c", [integer("group", 2)]),
                node("Mul", ["c", "f"], "m"), node("Add", ["m", "s"], "y"),
            ],
            constants: [
                tensor("k", [4, 2, 1, 1], ramp(8)), tensor("f", [4, 1, 1], [1, 2, 3, 4]),
                tensor("s", [1, 4, 1, 1], [0, 1, 2, 3]),
            ], sample: [4, 1, 1], x: [1, 10, 100, 1000], y: [31, 85, 22502, 34403]),
        SpaceGraph(
            testDescription: "largest, as many of uneven pads",
            nodes: [
                node(
                    "MaxPool", ["x"], "y",
                    [
                        list("kernel_shape", [2, 2]), list("strides", [2, 2]),
                        list("pads", [0, 0, 1, 1]),
                    ]
                )
            ], sample: [1, 3, 3], x: ramp(9), y: [5, 6, 8, 9]),
        SpaceGraph(
            testDescription: "means, padded",
            nodes: [
                node(
                    "AveragePool", ["x"], "y",
                    [
                        list("kernel_shape", [2, 2]), list("strides", [2, 2]),
                        list("pads", [1, 1, 1, 1]), integer("count_include_pad", 1),
                    ])
            ], sample: [1, 3, 3], x: ramp(9), y: [0.25, 1.25, 2.75, 7]),
        SpaceGraph(
            testDescription: "means, padding left out",
            nodes: [
                node(
                    "AveragePool", ["x"], "y",
                    [
                        list("kernel_shape", [2, 2]), list("strides", [2, 2]),
                        list("pads", [1, 1, 1, 1]),
                    ])
            ], sample: [1, 3, 3], x: ramp(9), y: [1, 2.5, 5.5, 7]),
        SpaceGraph(
            testDescription: "the mean of space, without its axes",
            nodes: [
                node(
                    "ReduceMean", ["x"], "y", [list("axes", [2, 3]), integer("keepdims", 0)])
            ], sample: [2, 1, 2], x: ramp(4), y: [1.5, 3.5]),
        SpaceGraph(
            testDescription: "repeated",
            nodes: [
                node(
                    "Resize", ["x", "", "f"], "y",
                    [
                        text("coordinate_transformation_mode", "asymmetric"),
                        text("nearest_mode", "floor"),
                    ])
            ], constants: [tensor("f", [4], [1, 1, 2, 1])], sample: [1, 2, 2], x: ramp(4),
            y: [1, 2, 1, 2, 3, 4, 3, 4]),
        SpaceGraph(
            testDescription: "group normalization in parts",
            nodes: [
                node("Reshape", ["x", "groups"], "g"),
                node("InstanceNormalization", ["g", "one", "zero"], "n"),
                node("Reshape", ["n", "whole"], "r"), node("Mul", ["r", "f"], "m"),
                node("Add", ["m", "s"], "y"),
            ],
            constants: [
                integers("groups", [0, 2, -1]), integers("whole", [-1, 4, 2, 1]),
                tensor("one", [2], [1, 1]), tensor("zero", [2], [0, 0]),
                tensor("f", [4, 1, 1], [1, 2, 3, 4]), tensor("s", [4, 1, 1], [0, 0.1, 0.2, 0.3]),
            ], sample: [4, 2, 1], x: [1, 2, 3, 5, 10, 20, 30, 50],
            y: [
                -1.183213, -0.507091, 0.438061, 3.142548, -3.349648, -1.321277, 0.976123, 6.385111,
            ]),
        SpaceGraph(
            testDescription: "batch normalization",
            nodes: [node("BatchNormalization", ["x", "one", "zero", "mean", "variance"], "y")],
            constants: [
                tensor("one", [1], [1]), tensor("zero", [1], [0]), tensor("mean", [1], [1.1875]),
                tensor("variance", [1], [5.505833]),
            ], sample: [1, 2, 2], x: [1, 2, 4, 8], y: [-0.079908, 0.346267, 1.198617, 2.903318]),
        SpaceGraph(
            testDescription: "batch normalization with weights that are filled in",
            nodes: [
                node(
                    "ConstantOfShape", ["count"], "two",
                    [.with { ($0.name, $0.t) = ("value", tensor("", [1], [2])) }]),
                node(
                    "ConstantOfShape", ["count"], "zero",
                    [.with { ($0.name, $0.t) = ("value", tensor("", [1], [0])) }]),
                node("BatchNormalization", ["x", "two", "zero", "mean", "variance"], "y"),
            ],
            constants: [
                integers("count", [1]), tensor("mean", [1], [1.1875]),
                tensor("variance", [1], [5.505833]),
            ], sample: [1, 2, 2], x: [1, 2, 4, 8], y: [-0.159816, 0.692533, 2.397233, 5.806637]),
        SpaceGraph(
            testDescription: "root mean square",
            nodes: [
                node("Pow", ["x", "two"], "q"),
                node("ReduceMean", ["q"], "m", [list("axes", [-1])]), node("Add", ["m", "e"], "a"),
                node("Sqrt", ["a"], "r"), node("Reciprocal", ["r"], "i"),
                node("Mul", ["x", "i"], "n"), node("Mul", ["n", "f"], "y"),
            ],
            constants: [
                tensor("two", [], [2]), tensor("e", [], [0x1p-23]), tensor("f", [4], [1, 1, 1, 2]),
            ], sample: [4], x: [1, 2, 4, 8], y: [0.216930, 0.433861, 0.867722, 3.470888]),
        // Channels 1 2, 3 4 at two places become 1 + 20, 3 + 40; flattened by places.
        SpaceGraph(
            testDescription: "channels last",
            nodes: [
                node("Transpose", ["x"], "t", [list("perm", [0, 3, 1, 2])]),
                node("Conv", ["t", "k"], "c"),
                node("Transpose", ["c"], "u", [list("perm", [0, 2, 3, 1])]),
                node("Add", ["u", "b"], "a"), node("Relu", ["a"], "r"),
                node("Flatten", ["r"], "f"), node("MatMul", ["f", "m"], "y"),
            ],
            constants: [
                tensor("k", [2, 2, 1, 1], [1, 10, 0, 1]), tensor("b", [2], [0, 0.5]),
                tensor("m", [4, 1], [1, 10, 100, 1000]),
            ], sample: [1, 2, 2], x: [1, 3, 2, 4],
            // The channels 21, 43 and 2.5, 4.5.
            y: [21 + 25 + 4300 + 4500]),
    ]
}

@Suite struct SpaceGraphTests {
    @Test(arguments: SpaceGraph.all)
    func itGivesItsNumbers(graph: SpaceGraph) throws {
        let file = try ONNXFile.decode(
            foreign(graph.trained, graph.allConstants, sample: graph.sample).serializedBytes(),
            loss: .meanSquaredError)
        let found = try outputs(of: file, for: graph.x)
        #expect(
            isClose(found, graph.y, within: 2e-5 * max(1, graph.y.map(abs).max() ?? 1)),
            "\(found)")
    }

    @Test(
        arguments: [
            (
                "transposes",
                [
                    node(
                        "Transpose", ["x"], "y",
                        [.with { ($0.name, $0.ints) = ("perm", [0, 1, 3, 2]) }])
                ]
            ),
            ("pads samples", [node("Pad", ["x", "p"], "y")]),
            ("larger than", [node("Conv", ["x", "w"], "y")]),
            ("slopes", [node("PRelu", ["x", "s"], "y")]),
            (
                "resizes",
                [
                    node(
                        "Resize", ["x", "", "f"], "y",
                        [.with { ($0.name, $0.s) = ("mode", .init("linear".utf8)) }])
                ]
            ),
            (
                "takes a mean",
                [node("ReduceMean", ["x"], "y", [.with { ($0.name, $0.ints) = ("axes", [1]) }])]
            ),
            (
                "version 21",
                [node("GroupNormalization", ["x", "g", "g"], "y", [integer("num_groups", 1)])]
            ),
            (
                "windows",
                [
                    node(
                        "MaxPool", ["x"], "y",
                        [.with { ($0.name, $0.ints) = ("kernel_shape", [9, 9]) }])
                ]
            ),
        ] as [(String, [NodeProto])])
    func whatNoLayerComputesIsSaid(words: String, nodes: [NodeProto]) throws {
        let constants = [
            integers("p", [0, 0, 1, 1, 0, 0, 1, 1]),
            tensor("w", [1, 2, 9, 9], Array(repeating: 1, count: 162)),
            tensor("s", [2, 3, 3], Array(repeating: 1, count: 18)), tensor("f", [4], [1, 1, 2, 2]),
            tensor("g", [1], [1]),
        ]
        let error = #expect(throws: ONNXError.self) {
            try ONNXFile.decode(
                foreign(
                    [node("Relu", ["x"], "r")]
                        + nodes.map { node in
                            var node = node
                            node.input[0] = "r"
                            return node
                        }, constants, sample: [2, 3, 3]
                ).serializedBytes(), loss: .meanSquaredError)
        }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
