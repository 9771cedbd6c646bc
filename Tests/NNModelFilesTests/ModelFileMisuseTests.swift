import NNModel
import Testing
import YAMLFiles

@testable import NNModelFiles

/// What is wrong with a model file is said in one sentence with its line and, for a misspelled word, the nearest.
@Suite struct ModelFileMisuseTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let yaml: String
        let line: Int?
        let parts: [String]

        init(_ yaml: String, line: Int?, _ parts: String...) {
            (self.yaml, self.line, self.parts) = (yaml, line, parts)
        }

        /// A file with one layer between others that are right.
        static func layer(_ layer: String, line: Int = 5, _ parts: String...) -> Row {
            var row = Row("input: 6\nlayers:\n  - linear: 4\n  - relu\n  - \(layer)\n", line: line)
            row = Row(yaml: row.yaml, line: line, parts: parts)
            return row
        }

        private init(yaml: String, line: Int?, parts: [String]) {
            (self.yaml, self.line, self.parts) = (yaml, line, parts)
        }

        var testDescription: String { yaml.replacing("\n", with: "⏎").prefix(70).description }
    }

    private static let graph = "inputs: {a: [3], b: [4]}\nlayers:\n"

    static let rows: [Row] = [
        // The file.
        Row("", line: nil, "no model", "`layers:`"),
        Row("- linear: 3", line: 1, "no model"),
        Row("input: 3\nlayers: [relu", line: 3, "not YAML"),
        Row("input: 3\nlayer: [relu]", line: 2, "no \"layer\"", "nearest is layers"),
        Row("input: 3", line: 1, "no layers"),
        Row("layers: [relu]", line: nil, "what goes in", "`input: [28, 28]`"),
        Row("input: 3\ninput: 4\nlayers: [relu]", line: 1, "\"input\" is given twice"),
        Row("input: 3\nlayers: relu", line: 2, "layers is \"relu\"", "hyphen"),
        Row("input: 3\nlayers: []", line: 2, "layers is a nested list"),
        // Inputs.
        Row("input: [3, 0]\nlayers: [relu]", line: 1, "at least 1"),
        Row("input: [3, x]\nlayers: [relu]", line: 1, "at least 1"),
        Row("input: [[3]]\nlayers: [relu]", line: 1, "at least 1"),
        Row("input: [1,1,1,1,1,1,1,1,2]\nlayers: [relu]", line: 1, "at most 8"),
        Row("input: [65536, 65536]\nlayers: [relu]", line: 1, "2147483647"),
        Row(
            "input: {shape: [3], typ: int32}\nlayers: [relu]", line: 1, "no \"typ\"",
            "shape and type"),
        Row(
            "input: {shape: [3], type: int8}\nlayers: [relu]", line: 1, "\"int8\"", "float or int32"
        ),
        Row("input: {type: int32}\nlayers: [relu]", line: 1, "lacks its shape"),
        Row("input: 3\ninputs: {a: 3}\nlayers: [relu]", line: 2, "keep one"),
        Row("inputs: [3]\nlayers: [relu]", line: 1, "give names with shapes"),
        // Layers.
        .layer("lineer: 4", "no layer \"lineer\"", "nearest is linear"),
        .layer("Relu", "no layer \"Relu\"", "nearest is relu"),
        .layer("linear", "linear lacks outputs", "`linear: {outputs: 10"),
        .layer("linear: ", "linear lacks outputs"),
        .layer("linear: 0", "outputs \"0\"", "at least 1"),
        .layer("linear: 3.5", "outputs \"3.5\"", "at least 1"),
        .layer("linear: ten", "outputs \"ten\""),
        .layer("linear: {outputs: 3, biass: false}", "no option \"biass\"", "nearest is bias"),
        .layer("linear: {outputs: 3, bias: maybe}", "bias \"maybe\"", "true or false"),
        .layer("linear: {outputs: 3, initializer: he-norml}", "nearest is he-normal"),
        .layer("linear: 99999999999", "2147483647"),
        .layer("relu: 3", "relu takes no value", "`- relu`"),
        .layer("relu: {slope: 3}", "relu has no option \"slope\"", "has none"),
        .layer("dropout: 1.5", "rate 1.5"),
        .layer("leaky-relu: steep", "slope \"steep\"", "a number"),
        .layer("layernorm: {epsilon: 0}", "epsilon 0.0", "above 0"),
        .layer("embedding: {count: 5, width: 2}", "int32", "float"),
        .layer("embedding: 5", "takes options and no value"),
        .layer("linear: 3\n    relu: ", line: 6, "stand in one entry"),
        .layer("{name: fc}", "names no layer"),
        .layer("{name: [a], relu: }", "one word"),
        .layer("[relu]", "no layer", "sequential"),
        // Layers of layers.
        .layer("residual: [linear: 3]", "[1, 3] and [1, 4]", "shortcut"),
        .layer("residual: {layers: [linear: 3], downsample: [linear: 2]}", "[1, 3] and [1, 2]"),
        .layer("residual:\n      - linear: 4\n      - lineer: 4", line: 7, "nearest is linear"),
        .layer("residual: {layer: [relu]}", "nearest is layers"),
        .layer("parallel: {branches: [relu]}", "lacks merge"),
        .layer("parallel: {branches: [relu, linear: 2], merge: sum}", "same shape"),
        .layer("parallel: {branches: [relu], merge: add}", "sum, product, or concatenate"),
        .layer("parallel: {branches: [relu], merge: concatenate:0}", "not the batch"),
        .layer("sequential: [sum]", "outermost list"),
        .layer("sequential: [{from: x, relu: }]", "outermost list"),
        .layer("sequential: [{name: a, relu: }, {name: a, relu: }]", "two layers are called \"a\""),
        .layer("parallel: {branches: [{from: x, relu: }], merge: sum}", "outermost list"),
        .layer(
            "parallel: {branches: [{name: a, relu: }, {name: a, relu: }], merge: sum}",
            "two layers are called \"a\""),
        .layer("{name: a.b, relu: }", "without dots"),
        // Graphs.
        Row(graph + "  - relu", line: 3, "several inputs", "`from`"),
        Row(graph + "  - {from: c, relu: }", line: 3, "no layer \"c\"", "nearest is a"),
        Row(graph + "  - {name: a, from: b, relu: }", line: 3, "\"a\" is the name of an input"),
        Row(graph + "  - {from: [a, b], relu: }", line: 3, "takes one tensor and gets 2"),
        Row(graph + "  - {from: [a, b], sum: }", line: 3, "[1, 3] and [1, 4]"),
        Row(graph + "  - {from: [a, b], concatenate: 7}", line: 3, "axis"),
        Row(
            graph + "  - {name: t, from: a, relu: }\n  - {from: b, like: u}", line: 4, "\"u\"",
            "nearest is t"),
        Row(
            graph + "  - {from: [a, b], concatenate: }\n  - {from: later, relu: }", line: 4,
            "\"later\""),
        Row(
            graph + "  - {name: trunk, from: a, relu: }\noutputs: [trank]", line: 4, "\"trank\"",
            "nearest is trunk"
        ),
        Row(graph + "  - {name: x, from: a, relu: }\noutputs: []", line: 4, "outputs is empty"),
        Row(graph + "  - {name: x, from: a, relu: }\noutputs: [x, x]", line: 4, "listed twice"),
        Row(graph + "  - {name: x, from: a, relu: }", line: 1, "depends on the input \"b\""),
        Row(graph + "  - {from: [], relu: }", line: 3, "from is a nested list"),
    ]

    @Test(arguments: rows) func isSaidInOneSentence(_ row: Row) throws {
        let error = #expect(throws: YAMLFileError.self) {
            _ = try Network(modelFile: row.yaml, named: "my.yaml")
        }
        let sentence = error?.description ?? ""
        let place = row.line.map { "my.yaml, line \($0): " } ?? "my.yaml: "
        #expect(sentence.hasPrefix(place), "\(sentence)")
        for part in row.parts { #expect(sentence.contains(part), "\(sentence)") }
        #expect(sentence.hasSuffix(".") && !sentence.contains("\n") && sentence.count < 500)
    }

    /// Aliases of aliases name 3⁹ layers in a few lines, and lists may lie in lists without end.
    @Test func thereIsAnEndToLayers() throws {
        let bomb =
            "input: 3\nlayers:\n  - &a {sequential: [relu, relu, relu]}\n"
            + zip("abcdefgh", "bcdefghi").map {
                "  - &\($1) {sequential: [*\($0), *\($0), *\($0)]}\n"
            }.joined()
        let deep =
            "input: 3\nlayers: " + String(repeating: "[sequential: ", count: 120) + "[relu]"
            + String(repeating: "]", count: 120)
        for (yaml, part) in [(bomb, "10000 layers"), (deep, "deep")] {
            let error = #expect(throws: YAMLFileError.self) {
                _ = try Network(modelFile: yaml, named: "my.yaml")
            }
            #expect(error?.description.contains(part) == true, "\(String(describing: error))")
        }
    }
}
