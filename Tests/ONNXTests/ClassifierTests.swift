import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// Models of scikit-learn as skl2onnx writes them: labels beside probabilities, and operators of `ai.onnx.ml`.
@Suite struct ClassifierTests {
    private static let samples: [Float] = [2, 1, -1, 3]

    private func read(
        _ nodes: [NodeProto], _ tensors: [TensorProto] = [], outputs: [ValueInfoProto]
    ) throws -> Safetensors {
        var model = foreign(nodes, tensors)
        model.graph.output = outputs
        return try decode(model)
    }

    private static func label(_ name: String, type: Int32 = ElementType.int64) -> ValueInfoProto {
        .with {
            $0.name = name
            $0.type.tensorType.elemType = type
        }
    }

    private static func texts(_ name: String, _ texts: [String]) -> TensorProto {
        .with {
            ($0.name, $0.dims, $0.dataType) = (name, [Int64(texts.count)], ElementType.string)
            $0.stringData = texts.map { Data($0.utf8) }
        }
    }

    private static func floats(_ name: String, _ values: [Float]) -> AttributeProto {
        .with { ($0.name, $0.floats, $0.type) = (name, values, .floats) }
    }

    private static func strings(_ name: String, _ values: [String]) -> AttributeProto {
        .with { ($0.name, $0.strings, $0.type) = (name, values.map { Data($0.utf8) }, .strings) }
    }

    private static func text(_ name: String, _ value: String) -> AttributeProto {
        .with { ($0.name, $0.s, $0.type) = (name, Data(value.utf8), .string) }
    }

    /// What MLPClassifier's probabilities go through to be labels.
    private static let labelling = [
        node("ArgMax", ["p"], "place", [integer("axis", 1)]),
        learned("ArrayFeatureExtractor", ["classes", "place"], ["rows"]),
        node("Reshape", ["rows", "shape"], "flat"),
        node("Cast", ["flat"], "label", [integer("to", 7)]),
    ]

    @Test(arguments: [true, false])
    func aClassifierOfThreeClasses(withZipMap: Bool) throws {
        let nodes =
            [
                node("Cast", ["x"], "c", [integer("to", 1)]), node("MatMul", ["c", "w"], "m"),
                node("Add", ["m", "b"], "a"), node("Softmax", ["a"], "p"),
            ] + Self.labelling
        let zip = learned(
            "ZipMap", ["p"], ["z"], [Self.strings("classlabels_strings", ["r", "g", "b"])])
        let file = try read(
            nodes + (withZipMap ? [zip] : []),
            [
                tensor("w", [2, 3], [2, 0, -1, 0, 1, 0]), tensor("b", [1, 3], [0, 0, 0]),
                Self.texts("classes", ["r", "g", "b"]), integers("shape", [-1]),
            ],
            outputs: [
                Self.label("label", type: ElementType.string),
                withZipMap ? .with { $0.name = "z" } : value("p", [3]),
            ])
        #expect(file.classNames == ["r", "g", "b"])
        #expect(try ModelDescription(of: file).task.loss is CrossEntropy)
        #expect(try outputs(of: file, for: Self.samples) == [4, 1, -2, -2, 3, 1])
    }

    @Test func aClassifierOfTwoClassesHasOneLogit() throws {
        let file = try read(
            [
                node("MatMul", ["x", "w"], "m"), node("Sigmoid", ["m"], "yes"),
                node("Sub", ["unity", "yes"], "no"),
                node("Concat", ["no", "yes"], "p", [integer("axis", 1)]),
            ] + Self.labelling,
            [
                tensor("w", [2, 1], [1, 0]), tensor("unity", [], [1]),
                integers("classes", [3, 7]), integers("shape", [-1]),
            ], outputs: [Self.label("label"), value("p", [2])])
        #expect(try ModelDescription(of: file).task.loss is BinaryCrossEntropy)
        #expect(try outputs(of: file, for: Self.samples) == [2, -1])
        #expect(file.classNames == ["3", "7"])
    }

    @Test func logisticRegressionOfThreeClasses() throws {
        let classifier = learned(
            "LinearClassifier", ["x"], ["label", "p"],
            [
                Self.floats("coefficients", [2, 0, 0, 1, -1, 0]),
                Self.floats("intercepts", [0, 0, 0]), Self.text("post_transform", "SOFTMAX"),
                Self.strings("classlabels_strings", ["a", "b", "c"]), integer("multi_class", 1),
            ])
        let file = try read(
            [classifier, learned("Normalizer", ["p"], ["q"], [Self.text("norm", "L1")])],
            outputs: [Self.label("label"), value("q", [3])])
        #expect(try outputs(of: file, for: Self.samples) == [4, 1, -2, -2, 3, 1])
        #expect(file.classNames == ["a", "b", "c"])
    }

    @Test func logisticRegressionOfTwoClassesHasOneLogit() throws {
        func classifier(_ weights: [Float]) -> NodeProto {
            learned(
                "LinearClassifier", ["x"], ["label", "p"],
                [
                    Self.floats("coefficients", weights), Self.floats("intercepts", [-0.5, 0.5]),
                    Self.text("post_transform", "LOGISTIC"),
                    .with { ($0.name, $0.ints, $0.type) = ("classlabels_ints", [0, 1], .ints) },
                ])
        }
        let outputs = [Self.label("label"), value("p", [2])]
        let file = try read([classifier([-1, -2, 1, 2])], outputs: outputs)
        #expect(file["0.weight"]?.floats() == [1, 2] && file["0.bias"]?.floats() == [0.5])
        #expect(try ModelDescription(of: file).task.loss is BinaryCrossEntropy)
        #expect(file.classNames == nil)
        // Two logits that are not one with either sign are two sigmoids beside each other.
        #expect(throws: ONNXError.self) { try read([classifier([1, 2, 1, 2])], outputs: outputs) }
    }

    @Test func aRegressionOfSeveralNumbersIsNoClassifier() throws {
        let file = try read(
            [
                learned(
                    "Scaler", ["x"], ["s"],
                    [Self.floats("offset", [1, 2]), Self.floats("scale", [0.5, 4])]),
                learned(
                    "LinearRegressor", ["s"], ["y"],
                    [
                        Self.floats("coefficients", [1, 2, 3, 4]),
                        Self.floats("intercepts", [0.5, 1]), integer("targets", 2),
                    ]),
            ], outputs: [value("y", [2])])
        let description = try ModelDescription(of: file)
        #expect(description.task.loss is MeanSquaredError)
        #expect(
            try description.network.inputs[0].preparation
                == Preparation(shift: [1, 2], factor: [0.5, 4], axis: 0))
        #expect(file["0.weight"]?.floats() == [1, 2, 3, 4])
    }

    @Test func aModelOfLabelsAloneIsRefused() throws {
        let error = #expect(throws: ONNXError.self) {
            try read(
                [node("MatMul", ["x", "w"], "p")] + Self.labelling,
                [
                    tensor("w", [2, 3], [2, 0, -1, 0, 1, 0]), integers("classes", [0, 1, 2]),
                    integers("shape", [-1]),
                ], outputs: [Self.label("label")])
        }
        #expect(error?.description.contains("\"ArgMax\"") == true)
    }
}
