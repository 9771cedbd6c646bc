import TestSupport
import Testing

@testable import NNFiles

@Suite struct JPEGTests {
    private static func image(_ bytes: [UInt8]) throws -> Image {
        try EncodedImage(bytes, name: "a.jpg").decoded()
    }

    /// Pillow's decoder is libjpeg-turbo too, in another version.
    @Test(arguments: ImageFixtures.upright + (1...8).map { "turned-\($0).jpg" })
    func pixelsArePillows(name: String) throws {
        let bytes = try ImageFixtures.bytes(name)
        let header = try EncodedImage(bytes, name: name)
        let (image, expected) = try (header.decoded(), ImageFixtures.pillow(name))
        #expect(header.channels == (name == "gray.jpg" ? 1 : 3))
        #expect((header.height, header.width) == (expected.height, expected.width))
        let levels = try #require(image.converted(toChannels: 3).levels(from: expected))
        #expect(levels <= 1)
    }

    /// All turns of one picture show the same picture, if not to the bit: blocks begin at other corners.
    @Test func aCameraMayBeHeldInEightWays() throws {
        let sizes = try (1...8).map {
            try EncodedImage(ImageFixtures.bytes("turned-\($0).jpg"), name: "a.jpg")
        }
        #expect(sizes.map(\.height) == [14, 14, 14, 14, 22, 22, 22, 22])
        #expect(sizes.map(\.width) == [22, 22, 22, 22, 14, 14, 14, 14])
    }

    /// Two rows of three pixels, turned by arithmetic on paper.
    @Test(
        arguments: [
            (1, 3, [1, 2, 3, 4, 5, 6]), (2, 3, [3, 2, 1, 6, 5, 4]), (3, 3, [6, 5, 4, 3, 2, 1]),
            (4, 3, [4, 5, 6, 1, 2, 3]), (5, 2, [1, 4, 2, 5, 3, 6]), (6, 2, [4, 1, 5, 2, 6, 3]),
            (7, 2, [6, 3, 5, 2, 4, 1]), (8, 2, [3, 6, 2, 5, 1, 4]), (9, 3, [1, 2, 3, 4, 5, 6]),
            (0, 3, [1, 2, 3, 4, 5, 6]),
        ])
    func turnsMovePixels(orientation: Int, width: Int, expected: [UInt8]) {
        let image = Image(height: 2, width: 3, channels: 1, bytes: [1, 2, 3, 4, 5, 6])
        #expect(
            image.oriented(orientation)
                == Image(height: 6 / width, width: width, channels: 1, bytes: expected))
    }

    /// The number is believed only in its place, of its type and in its range.
    @Test func damagedNotesOfTheCameraAreNoNotes() throws {
        func orientation(_ tiff: [UInt8], cut: Int = 0) -> Int {
            let content = Array("Exif".utf8) + [0, 0] + tiff
            let segment = [0xFF, 0xE1, 0, UInt8(content.count + 2)] + content
            return ExifOrientation.of(jpeg: Array(([0xFF, 0xD8] + segment).dropLast(cut)))
        }
        func entry(_ tag: UInt8, type: UInt8 = 3, _ value: UInt8) -> [UInt8] {
            [tag, 1, type, 0, 1, 0, 0, 0, value, 0, 0, 0]
        }
        let head: [UInt8] = Array("II".utf8) + [42, 0, 8, 0, 0, 0]
        let one = head + [1, 0] + entry(0x12, 6)
        #expect(orientation(one) == 6)
        #expect(orientation(head + [2, 0] + entry(0x10, 3) + entry(0x12, 8)) == 8)
        let big: [UInt8] =
            Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 5, 0, 0]
        #expect(orientation(big) == 5)
        for value: UInt8 in [0, 9, 255] {
            #expect(orientation(head + [1, 0] + entry(0x12, value)) == 1)
        }
        // As Pillow 13 does it: a long number too, but no byte.
        #expect(orientation(head + [1, 0] + entry(0x12, type: 4, 6)) == 6)
        #expect(orientation(head + [1, 0] + entry(0x12, type: 1, 6)) == 1)
        #expect(orientation(head + [0xFF, 0xFF] + entry(0x10, 6)) == 1)
        #expect(orientation(Array("II".utf8) + [42, 0, 0xFF, 0xFF, 0xFF, 0x7F]) == 1)
        for cut in 1...one.count { #expect(orientation(one, cut: cut) == 1) }
    }

    @Test func damagedFilesAreRefusedAndOthersBytesPassedOver() throws {
        for name in ImageFixtures.upright {
            let bytes = try ImageFixtures.bytes(name)
            for count in [3, 20, bytes.count / 2, bytes.count - 2] {
                expectDataError(saying: "a.jpg is a damaged JPEG image") {
                    _ = try Self.image(Array(bytes[..<count]))
                }
            }
            // Films and thumbnails that cameras hang on, and bytes that they leave before the end.
            let plain = try Self.image(bytes)
            #expect(try Self.image(bytes + bytes + [1, 2, 3]) == plain)
            #expect(try Self.image(bytes.dropLast(2) + [1, 2, 3] + bytes.suffix(2)) == plain)
        }
        // A header that announces 65,500 times 65,500 pixels.
        var large = try ImageFixtures.bytes("420.jpg")
        let frame = try #require(
            (0..<large.count).first { large[$0...].starts(with: [0xFF, 0xC0]) })
        large.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
        expectDataError(saying: "a.jpg is 65500 pixels wide and 65500 high, more than") {
            _ = try Self.image(large)
        }
    }

    @Test(arguments: ["420.jpg", "progressive.jpg", "cmyk.jpg", "turned-6.jpg"])
    func mutationsLoadOrAreRefused(name: String) throws {
        let loaded = try loadable(of: 1000, from: ImageFixtures.bytes(name)) {
            // A size that a mutation makes may be large.
            let image = try EncodedImage($0, name: "a.jpg")
            if image.height * image.width < 1 << 20 { _ = try image.decoded() }
        }
        #expect((1..<1000).contains(loaded))
    }
}
