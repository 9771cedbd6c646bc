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
        #expect(idx.elements == [0, 51, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }

    static let malformed = [
        Malformed("empty", [], "is empty"),
        Malformed("short magic", [0, 0, 8], "does not begin with the IDX signature"),
        Malformed("text", "hello, world", "does not begin with the IDX signature"),
        Malformed("gzip without .gz", gzip(images), "does not begin with the IDX signature"),
        Malformed("unknown type", [0, 0, 7, 1, 0, 0, 0, 1, 0], "does not begin with the IDX"),
        Malformed("no dimensions", [0, 0, 8, 0, 1], "does not begin with the IDX signature"),
        Malformed("floats", [0, 0, 0x0D, 1, 0, 0, 0, 1, 0, 0, 0, 0], "type 32-bit float"),
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
