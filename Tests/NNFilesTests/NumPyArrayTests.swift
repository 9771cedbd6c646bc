import Foundation
import TestSupport
import Testing

@testable import NNFiles

@Suite struct NumPyArrayTests {
    /// A file as NumPy writes it, with any header text and version.
    static func file(
        _ header: String, _ elements: [UInt8], version: UInt8 = 1
    ) -> [UInt8] {
        let text = Array(header.utf8) + [UInt8(ascii: "\n")]
        let length = withUnsafeBytes(of: UInt32(text.count).littleEndian) {
            Array($0.prefix(version == 1 ? 2 : 4))
        }
        return NumPyHeader.signature + [version, 0] + length + text + elements
    }

    static func file(
        _ descriptor: String, shape: String, _ elements: [UInt8], version: UInt8 = 1
    ) -> [UInt8] {
        file(
            "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(shape), }", elements,
            version: version)
    }

    @Test(
        arguments: [
            ("|b1", [0, 1, 0], [0, 1, 0]),
            ("|i1", [0xFF, 0x7F], [-1, 127]),
            ("|u1", [0xFF, 0x7F], [255, 127]),
            ("<i2", [0xFE, 0xFF], [-2]),
            (">i2", [0xFF, 0xFE], [-2]),
            ("<u2", [0xFE, 0xFF], [65534]),
            ("<i4", [0, 0, 0, 0x80], [-2_147_483_648]),
            (">u4", [0x80, 0, 0, 1], [2_147_483_648]),
            ("<i8", [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [-1]),
            (">u8", [0, 0, 0, 0, 0, 0, 1, 0], [256]),
            ("<f4", [0, 0, 0xC0, 0x3F], [1.5]),
            (">f4", [0x3F, 0xC0, 0, 0], [1.5]),
            ("<f8", [0, 0, 0, 0, 0, 0, 0xF8, 0xBF], [-1.5]),
            (">f8", [0xBF, 0xF8, 0, 0, 0, 0, 0, 0], [-1.5]),
        ] as [(String, [UInt8], [Float])])
    func elementsOfEveryTypeAreRead(
        descriptor: String, elements: [UInt8], values: [Float]
    ) throws {
        let bytes = Self.file(descriptor, shape: "(\(values.count),)", elements)
        let array = try NumPyArray(bytes, name: "x.npy")
        #expect(array.shape == [values.count] && array.values == values)
        #expect(array.isWhole == !descriptor.contains("f"))
        // Bytes stay bytes, as there are many of them in images.
        #expect((array.elements == .bytes(elements)) == (descriptor == "|u1"))
    }

    /// numpy 2.4.6: `np.save(f, np.asfortranarray(np.arange(24).reshape(2, 3, 4).astype(t)))` and its like.
    @Test(arguments: ["|u1", "<i2", "<f4"])
    func theFirstIndexMayVaryFastest(descriptor: String) throws {
        let size = descriptor == "|u1" ? 1 : descriptor == "<i2" ? 2 : 4
        func bytes(_ values: [Int]) -> [UInt8] {
            values.flatMap { value -> [UInt8] in
                switch size {
                case 1: [UInt8(value)]
                case 2: [UInt8(value), 0]
                default: withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
                }
            }
        }
        func array(_ shape: String, _ values: [Int]) throws -> NumPyArray {
            try NumPyArray(
                Self.file(
                    "{'descr': '\(descriptor)', 'fortran_order': True, 'shape': \(shape), }",
                    bytes(values)), name: "x.npy")
        }
        let stored = (0..<4).flatMap { k in
            (0..<3).flatMap { j in (0..<2).map { i in i * 12 + j * 4 + k } }
        }
        #expect(try array("(2, 3, 4)", stored).values == (0..<24).map { Float($0) })
        #expect(try array("(2, 2)", [0, 2, 1, 3]).values == [0, 1, 2, 3])
        // Where one index varies, both orders are one: pandas and MLX write True for these.
        #expect(try array("(3,)", [5, 6, 7]).values == [5, 6, 7])
        #expect(try array("(1, 3, 1)", [5, 6, 7]).values == [5, 6, 7])
        #expect(try array("(0, 3)", []).values == [])
    }

    /// Python 2 wrote long integers so, and some writers quote keys as JSON does.
    @Test(arguments: [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2L, 3L), }",
        "{\"descr\": \"|u1\", \"fortran_order\": False, \"shape\": (2, 3)}",
        "{'shape': (2, 3), 'fortran_order': False, 'descr': '|u1'}",
    ])
    func headersOfOtherWritersAreRead(header: String) throws {
        let array = try NumPyArray(Self.file(header, [1, 2, 3, 4, 5, 6]), name: "x.npy")
        #expect(array.shape == [2, 3] && array.elements == .bytes([1, 2, 3, 4, 5, 6]))
    }

    @Test(arguments: [1, 2, 3] as [UInt8])
    func everyVersionIsRead(version: UInt8) throws {
        let bytes = Self.file("|u1", shape: "(2, 3)", [1, 2, 3, 4, 5, 6], version: version)
        #expect(try NumPyArray(bytes, name: "x.npy").shape == [2, 3])
    }

    @Test(arguments: [[], [1], [5], [2, 3], [3, 1, 7], [0, 4]])
    func whatIsWrittenIsReadBack(shape: [Int]) throws {
        let folder = try TemporaryFolder()
        let count = shape.reduce(1, *)
        let array = NumPyArray(shape: shape, values: (0..<count).map { 0.1 * Float($0) - 1 })
        let path = "\(folder.path)/x.npy"
        try array.write(to: path)
        #expect(try NumPyArray(contentsOf: path) == array)
        #expect((array.encoded().count - 4 * count) % 64 == 0)
    }

    @Test func unwritablePlacesAreNamed() {
        expectDataError(saying: "/nowhere/x.npy: No such file or directory: check the path") {
            try NumPyArray(shape: [1], values: [0]).write(to: "/nowhere/x.npy")
        }
    }

    static let malformed: [Malformed] = {
        let valid = file("<f4", shape: "(2,)", [0, 0, 0, 0, 0, 0, 0x80, 0x3F])
        let big = "(4611686018427387904, 4)"
        return [
            Malformed("empty", [], "is empty"),
            Malformed("text", "1,2,3", "does not begin with the NumPy signature"),
            Malformed("signature only", NumPyHeader.signature, "does not begin with the NumPy"),
            Malformed("no length", Array(valid.prefix(9)), "announces 2 bytes and 1 follow"),
            Malformed("version 9", file("<f4", shape: "(0,)", [], version: 9), "from 1 to 3"),
            Malformed("half a header", Array(valid.prefix(30)), "is truncated"),
            Malformed("truncated", valid.dropLast(), "announces 8 bytes and 7 follow"),
            Malformed("trailing byte", valid + [0], "is too long"),
            Malformed("lying shape", file("<f4", shape: "(999999999999,)", [0]), "is truncated"),
            Malformed("overflow", file("<f4", shape: big, []), "impossible shape"),
            Malformed("bytes overflow", file("<f8", shape: "(\(Int.max),)", []), "impossible"),
            Malformed("63 bits", file("<f4", shape: "(9223372036854775808,)", []), "63 bits"),
            Malformed(
                "negative", file("<f4", shape: "(-1,)", []), "the header lacks a plain 'shape'"),
            Malformed("no shape", file("{'descr': '<f4', 'fortran_order': False}", []), "'shape'"),
            Malformed("records", file("{'descr': [('a', '<f4')], }", []), "a plain 'descr'"),
            Malformed("strings", file("<U3", shape: "(1,)", []), "elements of type '<U3'"),
            Malformed("objects", file("|O", shape: "(1,)", []), "elements of type '|O'"),
            Malformed("complex", file("<c8", shape: "(1,)", []), "elements of type '<c8'"),
            Malformed("line break", file(">\r\n", shape: "(1,)", []), "elements of type '>"),
            Malformed("no type", file("", shape: "(1,)", []), "elements of type ''"),
            Malformed(
                "NaN", file("<f4", shape: "(2,)", [0, 0, 0, 0, 0, 0, 0xC0, 0x7F]), "element 1 of"),
            Malformed("infinity", file(">f4", shape: "(1,)", [0x7F, 0x80, 0, 0]), "element 0 of"),
            Malformed(
                "beyond floats", file(">f8", shape: "(1,)", [0x7F, 0xE0, 0, 0, 0, 0, 0, 0]),
                "beyond 32-bit floats"),
        ]
    }()

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "x.npy", malformed.sentence) {
            _ = try NumPyArray(malformed.bytes, name: "x.npy")
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        let valid = NumPyArray(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]).encoded()
        let loaded = try loadable(of: 3000, from: valid) { _ = try NumPyArray($0, name: "x.npy") }
        #expect((1..<3000).contains(loaded))
    }
}
