import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// A change to a valid file after which it must be refused, and a part of the sentence that says why.
struct Injury: CustomTestStringConvertible, Sendable {
    let name: String
    let sentence: String
    let apply: @Sendable (inout ModelProto) -> Void

    init(
        _ name: String, _ sentence: String, _ apply: @escaping @Sendable (inout ModelProto) -> Void
    ) {
        (self.name, self.sentence, self.apply) = (name, sentence, apply)
    }

    var testDescription: String { name }

    /// Whole files.
    static let files = [
        Injury("no version", "no ONNX graph") { $0.irVersion = 0 },
        Injury("no graph", "no ONNX graph") { $0.clearGraph() },
        Injury("no operators", "version 0") { $0.opsetImport = [] },
        Injury("old operators", "version 6") { $0.opsetImport[0].version = 6 },
        Injury("foreign operators only", "version 0") { $0.opsetImport[0].domain = "com.acme" },
        Injury("no input", "0 inputs") { $0.graph.input = [] },
        Injury("an unused input", "\"z\"") { $0.graph.input.append(value("z", [2])) },
        Injury("no output", "0 outputs") { $0.graph.output = [] },
        Injury("another output", "\"o\"") { $0.graph.output[0].name = "o" },
        Injury("no nodes", "\"y\"") { $0.graph.node = [] },
        Injury("integers as input", "type 7") { $0.graph.input[0].type.tensorType.elemType = 7 },
        Injury("input without features", "1 axes") { $0.graph.input = [value("x", [])] },
        Injury("endless input", "more than") {
            $0.graph.input = [value("x", [.max, .max, 2])]
        },
        Injury("another description", "metadata") {
            let other = Sequential { Linear(2, 2) }
            $0.metadataProps = [
                .with {
                    $0.key = ModelDescription.metadataKey
                    $0.value =
                        (try? ModelDescription(
                            model: other, inputShape: [2], loss: .meanSquaredError
                        )
                        .json()) ?? ""
                }
            ]
        },
    ]

    /// Nodes: 0 is Gemm with transB from x to h, 1 is Relu to r, 2 is Gemm to y.
    static let nodes = [
        Injury("unknown operator", "\"Celu\"") { $0.graph.node[1].opType = "Celu" },
        Injury("foreign operator", "\"com.acme.Relu\"") { $0.graph.node[1].domain = "com.acme" },
        Injury("unknown setting", "\"axis\"") { $0.graph.node[1].attribute = [integer("axis", 1)] },
        Injury("endless factor", "alpha") {
            $0.graph.node[2].attribute = [float("alpha", .infinity)]
        },
        Injury("NaN as a factor", "beta") { $0.graph.node[2].attribute = [float("beta", .nan)] },
        Injury("transposed samples", "samples") {
            $0.graph.node[2].attribute = [integer("transA", 1)]
        },
        Injury("tanh for GELU", "\"tanh\"") {
            $0.graph.node[1].opType = "Gelu"
            $0.graph.node[1].attribute = [
                .with { ($0.name, $0.s, $0.type) = ("approximate", Data("tanh".utf8), .string) }
            ]
        },
        Injury("softmax over the batch", "axis 0") {
            $0.graph.node[1].opType = "Softmax"
            $0.graph.node[1].attribute = [integer("axis", 0)]
        },
        Injury("endless slope", "slope") {
            $0.graph.node[1].opType = "LeakyRelu"
            $0.graph.node[1].attribute = [float("alpha", .infinity)]
        },
        Injury("dropout in training", "training") {
            $0.graph.initializer.append(
                .with { ($0.name, $0.dataType, $0.int32Data) = ("on", ElementType.bool, [1]) })
            $0.graph.node[1].opType = "Dropout"
            $0.graph.node[1].input = ["h", "", "on"]
        },
        Injury("cycle", "\"y\"") { $0.graph.node[0].input[0] = "y" },
        Injury("own result", "\"r\"") { $0.graph.node[1].input = ["r"] },
        Injury("a branch of other features", "features") { $0.graph.node[1].input = ["x"] },
        Injury("weights as samples", "\"w\"") { $0.graph.node[0].input[0] = "w" },
        Injury("results as weights", "two results") { $0.graph.node[2].input[1] = "h" },
        Injury("missing weights", "\"nowhere\"") { $0.graph.node[2].input[1] = "nowhere" },
        Injury("no inputs", "0 inputs") { $0.graph.node[1].input = [] },
        Injury("too many inputs", "2 inputs") { $0.graph.node[1].input = ["h", "h"] },
        Injury("an input left out", "inputs") { $0.graph.node[2].input[0] = "" },
        Injury("no result", "0 results") { $0.graph.node[1].output = [] },
        Injury("two results", "2 results") { $0.graph.node[1].output = ["r", "s"] },
        Injury("a result twice", "\"h\"") { $0.graph.node[1].output = ["h"] },
        Injury("a constant behind a function", "constant") {
            $0.graph.node[2] = node("Add", ["r", "b"], "y")
        },
        Injury("a constant without a tensor", "without a tensor") {
            $0.graph.node.insert(node("Constant", [], "c"), at: 0)
            $0.graph.node[1].input[2] = "c"
        },
        Injury("flattened with the batch", "flattens") {
            $0.graph.node[1] = node("Flatten", ["h"], "r", [integer("axis", 0)])
        },
        Injury("reshaped to nothing", "reshapes") {
            $0.graph.initializer.append(
                .with {
                    ($0.name, $0.dims, $0.dataType) = ("s", [2], ElementType.int64)
                    $0.int64Data = [-1, 4]
                })
            $0.graph.node[1] = node("Reshape", ["h", "s"], "r")
        },
        Injury("transposed samples", "transposes") {
            $0.graph.node[1].opType = "Transpose"
        },
    ]

    /// Initializers: 0 is w [3, 2] as floats, 1 is q [3, 2] as raw bytes, 2 is b [3].
    static let tensors = [
        Injury("a tensor twice", "\"w\"") { $0.graph.initializer[1].name = "w" },
        Injury("complex numbers", "type 14") { $0.graph.initializer[0].dataType = 14 },
        Injury("another file", "another file") { $0.graph.initializer[1].dataLocation = .external },
        Injury("large weights in another file", "another file") {
            $0.graph.initializer[1].dims = [3, 4096]
            $0.graph.initializer[1].rawData = Data()
            $0.graph.initializer[1].dataLocation = .external
        },
        Injury("a place in another file", "another file") {
            $0.graph.initializer[1].externalData = [
                .with { ($0.key, $0.value) = ("location", "../../etc/passwd") }
            ]
        },
        Injury("too large a size", "do not fit") {
            $0.graph.initializer[2].dims = [.init(Int32.max)]
            $0.graph.initializer[0].dims = [3, 2]
            $0.graph.node[0].input = ["x", "w"]
            $0.graph.initializer[1].dims = [3, 3]
        },
        // Weights that are not there are not called shared ones.
        Injury("more weights than there are", "24 bytes, which do not fit") {
            $0.graph.initializer[1].dims = [3, 1 << 20]
        },
        Injury("a size beyond 32 bits", "above") { $0.graph.initializer[0].dims = [.max, 2] },
        Injury("a negative size", "negative") { $0.graph.initializer[0].dims = [-3, -2] },
        Injury("an empty size", "shape [0, 2]") { $0.graph.initializer[0].dims = [0, 2] },
        Injury("too few numbers", "bytes") { $0.graph.initializer[0].floatData.removeLast() },
        Injury("too few bytes", "bytes") { $0.graph.initializer[1].rawData.removeLast() },
        Injury("no numbers", "0 bytes") { $0.graph.initializer[1].rawData = Data() },
        Injury("weights of one axis", "shape [6]") { $0.graph.initializer[0].dims = [6] },
        Injury("other features", "features") { $0.graph.initializer[0].dims = [2, 3] },
        Injury("a bias too long", "bias") {
            ($0.graph.initializer[2].dims, $0.graph.initializer[2].floatData) = ([4], [1, 2, 3, 4])
        },
        Injury("a bias for each sample", "bias") { $0.graph.initializer[2].dims = [3, 1] },
    ]
}

@Suite struct MalformedTests {
    private static let valid = foreign(
        [
            node("Gemm", ["x", "w", "b"], "h", [integer("transB", 1)]), node("Relu", ["h"], "r"),
            node("Gemm", ["r", "q"], "y"),
        ],
        [weights[0], tensor("q", [3, 2], [1, 2, 3, 4, 5, 6], raw: true), weights[2]])

    @Test func theFileIsValidBefore() throws {
        #expect(try decode(Self.valid).tensors.count == 3)
    }

    @Test(arguments: Injury.files + Injury.nodes + Injury.tensors)
    func everyInjuryIsRefusedInOneSentence(injury: Injury) throws {
        var model = Self.valid
        injury.apply(&model)
        let error = #expect(throws: ONNXError.self) { try decode(model) }
        let sentence = try #require(error?.description)
        #expect(sentence.contains(injury.sentence), "\(sentence)")
        #expect(sentence.hasSuffix(".") || sentence.hasSuffix("?"))
        #expect(!sentence.contains("\n"))
        #expect(error?.localizedDescription == sentence)
    }

    @Test(arguments: ["", "hello, world", "\u{0}", "{\"a\": 1}"])
    func otherFilesAreRefused(text: String) {
        #expect(throws: ONNXError.self) { try ONNXFile.decode(Array(text.utf8)) }
    }

    /// A length prefix announces gigabytes that are not there.
    @Test func aLengthThatLiesIsRefused() {
        let announced: [UInt8] = [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0x07]
        #expect(throws: ONNXError(.malformed)) { try ONNXFile.decode([8, 9] + announced) }
    }

    /// Two bytes a message would become hundreds.
    @Test(arguments: [[0x0A, 0x00], [0x2A, 0x00], [0x5A, 0x00]] as [[UInt8]])
    func emptyMessagesCannotFillTheMemory(message: [UInt8]) {
        let count = WireScan.maximumPartCount + 1
        let graph = [UInt8](repeatElement(message, count: count).joined())
        let length = (0..<4).map {
            UInt8(truncatingIfNeeded: graph.count >> (7 * $0)) | ($0 < 3 ? 0x80 : 0)
        }
        #expect(throws: ONNXError(.tooManyParts)) {
            try ONNXFile.decode([8, 9, 0x3A] + length + graph)
        }
    }

    @Test func packedIntegersCannotFillTheMemory() throws {
        var model = Self.valid
        model.graph.initializer[0].int64Data = [Int64](
            repeating: 1, count: WireScan.maximumPartCount)
        #expect(throws: ONNXError(.tooManyParts)) { try decode(model) }
    }

    /// Weights used again and again would multiply a small file.
    @Test func weightsCannotBeMultiplied() throws {
        let square = tensor("q", [64, 64], [Float](repeating: 1, count: 4096), raw: true)
        let nodes = (0..<4096).map { index in
            node(
                "MatMul", [index == 0 ? "x" : "y\(index)", "q"],
                index == 4095 ? "y" : "y\(index + 1)")
        }
        #expect(throws: ONNXError(.sharedWeights)) {
            try decode(foreign(nodes, [square], sample: [64]))
        }
    }

    @Test func aFileNamesItselfInTheSentence() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).onnx")
        try Data("no".utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        let error = #expect(throws: ONNXError.self) { try ONNXFile.read(url.path) }
        #expect(error?.description.contains(url.path) == true)
        #expect(throws: DataError.self) { try ONNXFile.read(url.path + ".missing") }
    }
}
