import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// A way in which exporters make a row of each sample, from `h` to `f`.
struct Flattening: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let nodes: [NodeProto]
    var constants: [TensorProto] = []
    /// The size of a batch that the graph was made for.
    var batch: Int64?

    private static func reshape(
        _ name: String, to sizes: [Int64], batch: Int64? = nil, _ attributes: AttributeProto...
    ) -> Flattening {
        Flattening(
            testDescription: name, nodes: [node("Reshape", ["h", "s"], "f", attributes)],
            constants: [integers("s", sizes)], batch: batch)
    }

    /// `x.view(x.size(0), -1)`, with axes as an input or as a setting, as before version 13.
    private static func view(_ name: String, axesAreSettings: Bool) -> Flattening {
        let axes: AttributeProto = .with { ($0.name, $0.ints) = ("axes", [0]) }
        return Flattening(
            testDescription: name,
            nodes: [
                node("Shape", ["h"], "sizes"), node("Gather", ["sizes", "zero"], "n"),
                axesAreSettings
                    ? node("Unsqueeze", ["n"], "first", [axes])
                    : node("Unsqueeze", ["n", "axis"], "first"),
                node("Concat", ["first", "rest"], "target", [integer("axis", 0)]),
                node("Reshape", ["h", "target"], "f"),
            ],
            constants: [
                .with { ($0.name, $0.dataType, $0.int64Data) = ("zero", ElementType.int64, [0]) },
                integers("axis", [0]), integers("rest", [-1]),
            ])
    }

    /// As TensorFlow computes it, in 32 bits.
    private static let sliced = Flattening(
        testDescription: "Shape, Cast, Slice, ReduceProd",
        nodes: [
            node("Shape", ["h"], "all"), node("Cast", ["all"], "sizes", [integer("to", 6)]),
            node("Slice", ["sizes", "zero", "one"], "first"),
            node("Slice", ["sizes", "one", "end"], "others"),
            node("ReduceProd", ["others"], "count", [integer("keepdims", 1)]),
            node("Concat", ["first", "count"], "small", [integer("axis", 0)]),
            node("Cast", ["small"], "target", [integer("to", 7)]),
            node("Reshape", ["h", "target"], "f"),
        ],
        constants: [
            integers("zero", [0]), integers("one", [1]), integers("end", [.max]),
        ])

    static let all = [
        Flattening(testDescription: "Flatten", nodes: [node("Flatten", ["h"], "f")]),
        Flattening(
            testDescription: "Flatten, axis from the end",
            nodes: [node("Flatten", ["h"], "f", [integer("axis", -2)])]),
        reshape("any batch", to: [-1, 6]), reshape("the batch's size, the rest", to: [0, -1]),
        reshape("known batch", to: [4, 6], batch: 4), reshape("its rest", to: [4, -1], batch: 4),
        reshape("zero is allowed", to: [-1, 6], integer("allowzero", 1)),
        view("x.view(x.size(0), -1)", axesAreSettings: false),
        view("the same of old", axesAreSettings: true), sliced,
        Flattening(
            testDescription: "twice, by way of other axes",
            nodes: [
                node("Reshape", ["h", "axes"], "u"),
                node(
                    "Transpose", ["u"], "t",
                    [
                        .with { ($0.name, $0.ints) = ("perm", [0, 2, 1, 3]) }
                    ]),
                node("Reshape", ["t", "row"], "f"),
            ], constants: [integers("axes", [-1, 1, 2, 3]), integers("row", [-1, 6])]),
    ]
}

@Suite struct ShapeTests {
    private static let ones = tensor("ones", [6, 1], [1, 2, 3, 4, 5, 6])

    private func model(_ form: Flattening, _ nodes: [NodeProto]) -> ModelProto {
        var model = foreign(
            nodes + form.nodes + [node("Gemm", ["f", "ones"], "y")],
            weights + form.constants + [Self.ones], sample: [2, 3])
        if let batch = form.batch {
            model.graph.input[0].type.tensorType.shape.dim[0].dimValue = batch
        }
        return model
    }

    /// Rows of samples through a product, then as one row.
    @Test(arguments: Flattening.all)
    func flatteningIsALayer(form: Flattening) throws {
        let square = tensor("square", [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1])
        var model = model(form, [node("MatMul", ["x", "square"], "h")])
        model.graph.initializer.append(square)
        let file = try decode(model)
        let network = try ModelDescription(of: file).network
        #expect(network.inputShape == [2, 3])
        let layers = try #require(network.sequential?.layers)
        #expect(layers.count == 3 && layers[1] is Flatten)
        #expect(try outputs(of: file, for: [1, 1, 1, 2, 2, 2]) == [6 + 30])
    }

    /// In front of all layers the samples come in as rows.
    @Test(arguments: Flattening.all)
    func flatteningInFrontIsTheInputs(form: Flattening) throws {
        let file = try decode(model(form, [node("Identity", ["x"], "h")]))
        let network = try ModelDescription(of: file).network
        #expect(network.inputShape == [6] && network.sequential?.layers.count == 1)
        #expect(file["0.weight"]?.floats() == [1, 2, 3, 4, 5, 6])
    }

    /// TensorFlow multiplies all rows of all samples as one matrix.
    @Test func rowsThatWereMergedAreSplitAgain() throws {
        let nodes = [
            node("Shape", ["x"], "sizes"), node("Gather", ["sizes", "free"], "kept"),
            node("Concat", ["kept", "width"], "target", [integer("axis", 0)]),
            node("Reshape", ["x", "rows"], "m"), node("MatMul", ["m", "t"], "p"),
            node("Relu", ["p"], "r"),
        ]
        let constants = [
            tensor("t", [3, 2], [1, 0, 0, 1, 0, 0]), integers("free", [0, 1]),
            integers("width", [2]), integers("rows", [-1, 3]),
        ]
        let file = try ONNXFile.decode(
            foreign(nodes + [node("Reshape", ["r", "target"], "y")], constants, sample: [2, 3])
                .serializedBytes(), loss: .meanSquaredError)
        #expect(try outputs(of: file, for: [1, 2, 3, -4, 5, 6]) == [1, 2, 0, 5])
        // Rows that stay merged are no samples.
        let error = #expect(throws: ONNXError.self) {
            try decode(foreign(nodes + [node("Identity", ["r"], "y")], constants, sample: [2, 3]))
        }
        #expect(error?.description.contains("rows") == true)
    }

    @Test(
        arguments: [
            node("Reshape", ["x", "s"], "y"),
            node("Transpose", ["x"], "y", [.with { ($0.name, $0.ints) = ("perm", [0, 2, 1]) }]),
            node("Flatten", ["x"], "y", [integer("axis", 2)]),
            node("Concat", ["x", "x"], "y", [integer("axis", 0)]),
            node("Gather", ["x", "s"], "y", [integer("axis", 1)]),
        ])
    func whatMixesSamplesOrTheirPlacesIsRefused(node last: NodeProto) {
        let first = node("MatMul", ["z", "square"], "x")
        var model = foreign(
            [first, last],
            [tensor("square", [3, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1]), integers("s", [3, -1])],
            sample: [2, 3])
        model.graph.input[0].name = "z"
        let graph = model
        #expect(throws: ONNXError.self) { try decode(graph) }
    }
}
