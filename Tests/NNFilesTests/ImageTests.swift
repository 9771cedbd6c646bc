import TestSupport
import Testing

@testable import NNFiles

@Suite struct ImageTests {
    @Test func colorsBecomePillowsGray() throws {
        let source = try ImageFixtures.pillow("source")
        #expect(try source.converted(toChannels: 1) == ImageFixtures.pillow("gray"))
        // Pillow 13: the ends, a rounding up and a rounding down.
        let pixels: [UInt8] = [0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3]
        let image = Image(height: 1, width: 6, channels: 3, bytes: pixels)
        #expect(image.converted(toChannels: 1).bytes == [0, 255, 76, 150, 29, 2])
    }

    @Test func grayIsRepeated() {
        let image = Image(height: 2, width: 1, channels: 1, bytes: [7, 200])
        #expect(
            image.converted(toChannels: 3)
                == Image(height: 2, width: 1, channels: 3, bytes: [7, 7, 7, 200, 200, 200]))
        #expect(image.converted(toChannels: 1) == image)
    }

    @Test func planesAreChannelByChannel() {
        let image = Image(height: 1, width: 2, channels: 3, bytes: [1, 2, 3, 4, 5, 6])
        #expect(image.planes == [1, 4, 2, 5, 3, 6])
    }

    @Test(arguments: ["7x11", "5x3", "1x1", "14x9", "4x22", "30x41"])
    func sizesArePillows(name: String) throws {
        let expected = try ImageFixtures.pillow(name)
        let resized = try ImageFixtures.pillow("source").resized(
            height: expected.height, width: expected.width, name: "a")
        // To the bit, where one level would be good enough.
        #expect(resized == expected)
    }

    @Test func whatLiesBetweenTwoSizesHasABound() {
        let image = Image(
            height: 1 << 20, width: 1, channels: 1, bytes: [UInt8](repeating: 0, count: 1 << 20))
        expectDataError(saying: "a.png is 1000 pixels wide and 1048576 high, more than") {
            _ = try image.resized(height: 1, width: 1000, name: "a.png")
        }
        let small = Image(height: 1, width: 1, channels: 1, bytes: [0])
        expectDataError(saying: "a.png is 46340 pixels wide and 46340 high, more than") {
            _ = try small.resized(height: 46_340, width: 46_340, name: "a.png")
        }
    }

    @Test func otherFormatsAreNamed() throws {
        let heads: [(String, String)] = [
            ("GIF89a\u{1}\u{0}", "a GIF image"), ("BM\u{1}\u{0}\u{0}", "a BMP image"),
            ("RIFF\u{1}\u{0}\u{0}\u{0}WEBPVP8 ", "a WebP image"), ("II*\u{0}", "a TIFF image"),
        ]
        for (head, name) in heads {
            expectDataError(saying: "x.jpg is \(name)", "convert it to PNG or JPEG") {
                _ = try EncodedImage(Array(head.utf8), name: "x.jpg")
            }
        }
    }
}
