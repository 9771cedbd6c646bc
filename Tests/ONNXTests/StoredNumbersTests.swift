import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

/// Weights of 1, 2, −0.5, … in one of the ways in which a tensor may hold numbers.
struct StoredForm: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let type: Int32
    let store: @Sendable (inout TensorProto) -> Void

    /// [3, 2], of which each type holds every number exactly.
    static let numbers: [Float] = [1, 2, -0.5, 0.25, 3, -4]
    private static let halves: [UInt16] = [0x3C00, 0x4000, 0xB800, 0x3400, 0x4200, 0xC400]
    private static let brains: [UInt16] = [0x3F80, 0x4000, 0xBF00, 0x3E80, 0x4040, 0xC080]

    static let all = [
        StoredForm(testDescription: "float_data", type: ElementType.float32) {
            $0.floatData = numbers
        },
        StoredForm(testDescription: "raw 64-bit floats", type: ElementType.float64) {
            $0.rawData = raw(numbers.map { Double($0).bitPattern })
        },
        StoredForm(testDescription: "double_data", type: ElementType.float64) {
            $0.doubleData = numbers.map { Double($0) }
        },
        StoredForm(testDescription: "raw 16-bit floats", type: ElementType.float16) {
            $0.rawData = raw(halves)
        },
        StoredForm(testDescription: "16-bit floats in int32_data", type: ElementType.float16) {
            $0.int32Data = halves.map { Int32($0) }
        },
        StoredForm(testDescription: "raw bfloat16", type: ElementType.bfloat16) {
            $0.rawData = raw(brains)
        },
        StoredForm(testDescription: "bfloat16 in int32_data", type: ElementType.bfloat16) {
            $0.int32Data = brains.map { Int32($0) }
        },
    ]

    static func raw<Bits: FixedWidthInteger>(_ bits: [Bits]) -> Data {
        bits.map(\.littleEndian).withUnsafeBytes { Data($0) }
    }

    /// The weights as a tensor.
    var tensor: TensorProto {
        .with {
            ($0.name, $0.dims, $0.dataType) = ("w", [3, 2], type)
            store(&$0)
        }
    }
}

@Suite struct StoredNumbersTests {
    private static let gemm = node("Gemm", ["x", "w"], "y", [integer("transB", 1)])

    @Test(arguments: StoredForm.all)
    func everyTypeIsRead(form: StoredForm) throws {
        let file = try decode(foreign([Self.gemm], [form.tensor]))
        #expect(file["0.weight"]?.floats() == StoredForm.numbers)
        // A graph that computes in another precision, and casts between them.
        var model = foreign(
            [
                node("Cast", ["x"], "h", [integer("to", Int64(form.type))]),
                node("Gemm", ["h", "w"], "g", [integer("transB", 1)]),
                node("Cast", ["g"], "y", [integer("to", 1)]),
            ], [form.tensor])
        model.graph.input[0].type.tensorType.elemType = form.type
        #expect(try decode(model)["0.weight"]?.floats() == StoredForm.numbers)
    }

    @Test func wholeNumbersAsFeaturesAreFloats() throws {
        var model = foreign(
            [node("Cast", ["x"], "f", [integer("to", 1)]), node("Gemm", ["f", "v"], "y")], weights)
        model.graph.input[0].type.tensorType.elemType = ElementType.int64
        let network = try ModelDescription(of: decode(model)).network
        #expect(network.inputs[0].elementType == .float && network.inputShape == [2])
    }

    // MARK: - In another file

    /// A model whose weights lie in `weights.data`, behind four bytes of something else.
    private func external(
        location: String = "weights.data", offset: String? = "4", length: String? = "24"
    ) -> ModelProto {
        foreign(
            [Self.gemm],
            [
                .with {
                    ($0.name, $0.dims, $0.dataType) = ("w", [3, 2], ElementType.float32)
                    $0.dataLocation = .external
                    $0.externalData = [
                        ("location", location), ("offset", offset), ("length", length),
                    ].compactMap { key, value in
                        value.map { value in .with { ($0.key, $0.value) = (key, value) } }
                    }
                }
            ])
    }

    private static let bytes =
        Data([9, 9, 9, 9]) + StoredForm.raw(StoredForm.numbers.map(\.bitPattern))

    /// A folder with a model `m.onnx`, and what else is put there.
    private func inFolder<Result>(
        _ model: ModelProto, _ files: [String: Data],
        _ body: (URL) throws -> Result
    ) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "onnx-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try model.serializedData().write(to: folder.appending(path: "m.onnx"))
        for (name, data) in files { try data.write(to: folder.appending(path: name)) }
        return try body(folder)
    }

    private func sentence(_ model: ModelProto, _ files: [String: Data]) throws -> String {
        try inFolder(model, files) { folder in
            let error = #expect(throws: ONNXError.self) {
                try ONNXFile.read(folder.appending(path: "m.onnx").path)
            }
            return error?.description ?? ""
        }
    }

    @Test func weightsBesideTheModelAreRead() throws {
        let whole = [
            (external(), Self.bytes), (external(offset: "4", length: nil), Self.bytes),
            (external(offset: nil, length: "24"), Self.bytes.dropFirst(4)),
            (external(offset: nil, length: nil), Self.bytes.dropFirst(4)),
        ]
        for (model, bytes) in whole {
            try inFolder(model, ["weights.data": Data(bytes)]) { folder in
                let file = try ONNXFile.read(folder.appending(path: "m.onnx").path)
                #expect(file["0.weight"]?.floats() == StoredForm.numbers)
            }
        }
    }

    @Test func aMissingFileIsNamed() throws {
        let sentence = try sentence(external(), [:])
        #expect(sentence.contains("\"weights.data\", which is not beside it"), "\(sentence)")
        #expect(sentence.contains("external_data=False") && sentence.contains("m.onnx"))
        // The bytes alone do not say where their neighbours are.
        let model = external()
        let error = #expect(throws: ONNXError.self) { try decode(model) }
        #expect(error?.description.contains("\"weights.data\"; read the model by its path") == true)
    }

    @Test func aMissingOrEmptyFileIsFineUnlessItIsNeeded() throws {
        var model = external()
        model.graph.node = [node("Gemm", ["x", "v"], "y")]
        model.graph.initializer += weights.filter { $0.name != "w" }
        for files in [[:], ["weights.data": Data()]] as [[String: Data]] {
            try inFolder(model, files) { folder in
                let file = try ONNXFile.read(folder.appending(path: "m.onnx").path)
                #expect(file.tensors.count == 1)
            }
        }
        #expect(try sentence(external(), ["weights.data": Data()]).contains("0 bytes"))
    }

    @Test(
        arguments: [
            ("4", "28"), ("8", "24"), ("-4", "24"), ("29", "0"), ("4", "-24"), ("x", "24"),
            ("9223372036854775807", "24"), ("4", "9223372036854775807"), ("4", "20"), ("0", nil),
        ] as [(String, String?)])
    func placesOutsideOfTheFileAreRefused(offset: String, length: String?) throws {
        let sentence = try sentence(
            external(offset: offset, length: length), ["weights.data": Self.bytes])
        #expect(sentence.contains("another file"), "\(sentence)")
    }

    @Test(arguments: [
        "", ".", "..", "../weights.data", "/etc/passwd", "a/weights.data", "w\0.data",
    ])
    func onlyPlainNamesAreRead(location: String) throws {
        let sentence = try sentence(external(location: location), ["weights.data": Self.bytes])
        #expect(sentence.contains("no plain name"), "\(sentence)")
    }

    @Test func linksOutOfTheFolderAreNotFollowed() throws {
        try inFolder(external(), [:]) { other in
            try Self.bytes.write(to: other.appending(path: "real"))
            try inFolder(external(), [:]) { folder in
                let link = folder.appending(path: "weights.data")
                try FileManager.default.createSymbolicLink(
                    at: link, withDestinationURL: other.appending(path: "real"))
                let path = folder.appending(path: "m.onnx").path
                let error = #expect(throws: ONNXError.self) { try ONNXFile.read(path) }
                #expect(error?.description.contains("a link to another folder") == true)
                try FileManager.default.removeItem(at: link)
                try Self.bytes.write(to: folder.appending(path: "here"))
                try FileManager.default.createSymbolicLink(
                    atPath: link.path, withDestinationPath: "here")
                #expect(try ONNXFile.read(path).tensors.count == 1)
            }
        }
    }
}
