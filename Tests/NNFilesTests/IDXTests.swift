import TestSupport
import Testing

@testable import NNFiles

@Suite struct IDXTests {
    /// Three images of 2 × 2.
    static let images: [UInt8] =
        [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2] + [
            0, 51, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ]

    @Test(arguments: ["images", "images.gz"])
    func shapeAndElementsAreRead(name: String) throws {
        let folder = try TemporaryFolder()
        let bytes = name.hasSuffix(".gz") ? gzip(Self.images) : Self.images
        let idx = try IDX(contentsOf: folder.write(bytes, as: name))
        #expect(idx.shape == [3, 2, 2])
        #expect(idx.elements == .bytes([0, 51, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
    }

    /// What NumPy's `astype(">i2").tobytes()` and so on make of these numbers.
    @Test(
        arguments: [
            (9, [0xFF, 0x7F], [-1, 127], true),
            (11, [0x80, 0, 1, 2], [-32768, 258], true),
            (12, [0, 1, 0, 0, 0xFF, 0xFF, 0xFF, 0xFE], [65536, -2], true),
            (13, [0x3F, 0xC0, 0, 0, 0xC0, 0x20, 0, 0], [1.5, -2.5], false),
            (14, [0x3F, 0xD0, 0, 0, 0, 0, 0, 0, 0xBF, 0xF0, 0, 0, 0, 0, 0, 0], [0.25, -1], false),
        ] as [(UInt8, [UInt8], [Float], Bool)])
    func elementsOfEveryTypeAreRead(
        type: UInt8, bytes: [UInt8], values: [Float], isWhole: Bool
    ) throws {
        let idx = try IDX([0, 0, type, 1, 0, 0, 0, 2] + bytes, file: "x")
        #expect(idx.shape == [2] && idx.elements == .floats(values) && idx.isWhole == isWhole)
        expectDataError(saying: "x is truncated: its header announces \(bytes.count) bytes") {
            _ = try IDX([0, 0, type, 1, 0, 0, 0, 2] + bytes.dropLast(), file: "x")
        }
    }

    static let malformed = [
        Malformed("empty", [], "is empty"),
        Malformed("short magic", [0, 0, 8], "does not begin with an IDX signature"),
        Malformed("text", "hello, world", "does not begin with an IDX signature"),
        Malformed("gzip without .gz", gzip(images), "images is gzipped, which is not read here"),
        Malformed("unknown type", [0, 0, 7, 1, 0, 0, 0, 1, 0], "does not begin with an IDX"),
        Malformed("no dimensions", [0, 0, 8, 0, 1], "does not begin with an IDX signature"),
        Malformed("NaN", [0, 0, 0x0D, 1, 0, 0, 0, 1, 0x7F, 0xC0, 0, 0], "element 0 of"),
        Malformed("half a header", Array(images.prefix(9)), "announces 12 bytes and 5 follow"),
        Malformed("truncated", images.dropLast(), "is truncated: its header announces 12 bytes"),
        Malformed("trailing byte", images + [0], "is too long: its header announces 12 bytes"),
        Malformed("header only", [0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF], "is truncated"),
        Malformed("overflow", [0, 0, 8, 4] + [UInt8](repeating: 0xFF, count: 16), "impossible"),
    ]

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "images", malformed.sentence) {
            _ = try IDX(malformed.bytes, file: "images")
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        let loaded = try loadable(of: 3000, from: Self.images) { _ = try IDX($0, file: "images") }
        #expect((1..<3000).contains(loaded))
    }
}
