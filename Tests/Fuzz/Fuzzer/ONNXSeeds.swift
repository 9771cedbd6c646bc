import Foundation
import SwiftProtobuf

@testable import ONNX

/// Graphs as other programs write them: formulas, shapes that are computed, classifiers, several inputs.
enum ONNXSeeds {
    /// All of them, as files.
    static func all() throws -> [[UInt8]] {
        try [formulas, normalizations, shapes, classifier, branches, space, channelsLast].map {
            try $0.serializedBytes()
        }
    }

    private static let formulas = model(
        [
            node("Gemm", ["x", "w", "b"], "z"), node("Div", ["z", "root"], "s"),
            node("Erf", ["s"], "e"), node("Add", ["e", "one"], "g"),
            node("Mul", ["z", "g"], "m"), node("Mul", ["m", "half"], "h"),
            node("Softplus", ["h"], "p"), node("Greater", ["h", "twenty"], "c"),
            node("Where", ["c", "h", "p"], "a"), node("Clip", ["a", "zero"], "k"),
            node("Cast", ["k"], "q", integer("to", 1)), node("Softmax", ["q"], "y"),
        ],
        [
            ("root", [], [1.4142135]), ("one", [], [1]), ("half", [], [0.5]),
            ("twenty", [], [20]), ("zero", [], [0]),
        ])

    private static let normalizations = model(
        [
            node("Sub", ["x", "b"], "f"), node("Mul", ["f", "b"], "h"),
            node("MatMul", ["h", "w"], "z"),
            node("BatchNormalization", ["z", "b", "b", "b", "b"], "n"),
            node("ReduceMean", ["n"], "mean", integers("axes", [-1])),
            node("Sub", ["n", "mean"], "d"), node("Pow", ["d", "two"], "q"),
            node("ReduceMean", ["q"], "v", integers("axes", [-1])),
            node("Add", ["v", "one"], "t"), node("Sqrt", ["t"], "r"),
            node("Div", ["d", "r"], "u"), node("Mul", ["u", "b"], "o"),
            node("Add", ["o", "b"], "l"),
            node("LayerNormalization", ["l", "b"], "k"), node("Log", ["k"], "j"),
            node("Sigmoid", ["k"], "y"),
        ], [("two", [], [2]), ("one", [], [1])])

    private static let shapes: ModelProto = {
        var file = model(
            [
                node("Shape", ["x"], "s"), node("Constant", [], "i", integers("value_ints", [0])),
                node("Gather", ["s", "i"], "n"), node("Squeeze", ["n"], "m"),
                node("Unsqueeze", ["m", "i"], "u"),
                node("Constant", [], "k", integers("value_ints", [-1])),
                node("Concat", ["u", "k"], "c", integer("axis", 0)),
                node("Slice", ["c", "i", "e"], "t"), node("Reshape", ["x", "t"], "r"),
                node("Constant", [], "e", integers("value_ints", [2])),
                node("Gemm", ["r", "w"], "h"), node("Unsqueeze", ["h", "e"], "o"),
                node("Flatten", ["o"], "y"),
            ], [])
        file.graph.node.swapAt(7, 9)
        file.graph.node.swapAt(8, 9)
        return file
    }()

    private static let classifier: ModelProto = {
        var file = model(
            [
                learned(
                    "Scaler", ["x"], ["s"], floats("offset", [1, 2]), floats("scale", [3, 4])),
                learned(
                    "LinearClassifier", ["s"], ["label", "p"],
                    floats("coefficients", [1, 2, -1, -2]), floats("intercepts", [1, -1]),
                    integers("classlabels_ints", [3, 4]),
                    .with { ($0.name, $0.s) = ("post_transform", Data("LOGISTIC".utf8)) }),
                learned(
                    "ZipMap", ["p"], ["y"],
                    .with {
                        ($0.name, $0.strings) = (
                            "classlabels_strings", [Data("no".utf8), Data("yes".utf8)]
                        )
                    }),
            ], [])
        file.graph.output.append(
            .with {
                $0.name = "label"
                $0.type.tensorType.elemType = 7
            })
        return file
    }()

    private static let branches: ModelProto = {
        var file = model(
            [
                node("Gemm", ["x", "w", "b"], "h"), node("Relu", ["h"], "r"),
                node("Add", ["x", "r"], "s"), node("Gather", ["w", "ids"], "e"),
                node("Flatten", ["e"], "f"), node("Concat", ["s", "f"], "c", integer("axis", 1)),
                node("Mul", ["s", "r"], "z"), node("Softmax", ["c"], "y"),
            ], [])
        file.graph.input.append(input("ids", type: 7))
        file.graph.output.append(.with { $0.name = "z" })
        return file
    }()

    private static let space = images(
        [
            node("Pad", ["x", "pads"], "p"),
            node("Conv", ["p", "k"], "c", integers("strides", [1, 1])),
            node("Mul", ["c", "f"], "m"),
            node("BatchNormalization", ["m", "b", "b", "b", "b"], "n"),
            node("Clip", ["n", "zero", "six"], "r"), node("PRelu", ["r", "f"], "s"),
            node(
                "MaxPool", ["s"], "o", integers("kernel_shape", [2, 2]),
                integers("pads", [0, 0, 1, 1])),
            node(
                "AveragePool", ["o"], "a", integers("kernel_shape", [2, 2]), integer("ceil_mode", 1)
            ),
            node("ConvTranspose", ["a", "k"], "t", integers("output_padding", [0, 0])),
            node(
                "Resize", ["t", "", "scales"], "u",
                .with {
                    ($0.name, $0.s) = ("coordinate_transformation_mode", Data("asymmetric".utf8))
                },
                .with { ($0.name, $0.s) = ("nearest_mode", Data("floor".utf8)) }),
            node("Reshape", ["u", "groups"], "g"),
            node("InstanceNormalization", ["g", "b", "b"], "i"),
            node("ReduceMean", ["u", "axes"], "e", integer("keepdims", 0)),
            node("GlobalAveragePool", ["u"], "v"), node("Flatten", ["v"], "w"),
            node("Add", ["w", "e"], "y"),
        ])

    private static let channelsLast = images(
        [
            node("Mul", ["x", "six"], "s"),
            node("Transpose", ["s"], "t", integers("perm", [0, 3, 1, 2])),
            node("Conv", ["t", "k"], "c"),
            node("Transpose", ["c"], "l", integers("perm", [0, 2, 3, 1])),
            node("Add", ["l", "b"], "a"), node("Relu", ["a"], "r"), node("Flatten", ["r"], "f"),
            node("MatMul", ["f", "q"], "y"),
        ])

    // MARK: - Parts

    private static func images(_ nodes: [NodeProto]) -> ModelProto {
        var file = model(
            nodes,
            [
                ("k", [2, 2, 1, 1], [1, 2, 3, 4]), ("f", [2, 1, 1], [2, 3]), ("zero", [], [0]),
                ("six", [], [6]), ("scales", [4], [1, 1, 2, 2]),
                ("q", [8, 1], Array(repeating: 1, count: 8)),
            ])
        for (name, values) in [
            ("pads", [0, 0, 1, 1, 0, 0, 1, 1]), ("groups", [0, 1, -1]), ("axes", [2, 3]),
        ] as [(String, [Int64])] {
            file.graph.initializer.append(
                .with {
                    ($0.name, $0.dims, $0.dataType, $0.int64Data) = (
                        name, [Int64(values.count)], 7, values
                    )
                })
        }
        file.graph.input[0].type.tensorType.shape.dim += [
            .with { $0.dimValue = 2 }, .with { $0.dimValue = 2 },
        ]
        return file
    }

    private static func model(
        _ nodes: [NodeProto], _ constants: [(String, [Int64], [Float])]
    ) -> ModelProto {
        .with {
            $0.irVersion = 10
            $0.opsetImport = [.with { $0.version = 20 }]
            $0.graph.node = nodes
            $0.graph.input = [input("x", type: 1)]
            $0.graph.output = [.with { $0.name = "y" }]
            $0.graph.initializer =
                ([("w", [2, 2], [1, 2, 3, 4]), ("b", [2], [5, 6])] + constants)
                .map { name, dims, values in
                    .with {
                        ($0.name, $0.dims, $0.dataType, $0.floatData) = (name, dims, 1, values)
                    }
                }
        }
    }

    private static func input(_ name: String, type: Int32) -> ValueInfoProto {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = type
            $0.type.tensorType.shape.dim = [.with { $0.dimParam = "N" }, .with { $0.dimValue = 2 }]
        }
    }

    private static func node(
        _ kind: String, _ inputs: [String], _ output: String, _ attributes: AttributeProto...
    ) -> NodeProto {
        .with {
            ($0.opType, $0.input, $0.output, $0.attribute) = (kind, inputs, [output], attributes)
        }
    }

    private static func learned(
        _ kind: String, _ inputs: [String], _ outputs: [String], _ attributes: AttributeProto...
    ) -> NodeProto {
        .with {
            ($0.opType, $0.input, $0.output, $0.attribute) = (kind, inputs, outputs, attributes)
            $0.domain = "ai.onnx.ml"
        }
    }

    private static func integer(_ name: String, _ value: Int64) -> AttributeProto {
        .with { ($0.name, $0.i) = (name, value) }
    }

    private static func integers(_ name: String, _ values: [Int64]) -> AttributeProto {
        .with { ($0.name, $0.ints) = (name, values) }
    }

    private static func floats(_ name: String, _ values: [Float]) -> AttributeProto {
        .with { ($0.name, $0.floats) = (name, values) }
    }
}
