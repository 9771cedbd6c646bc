import TestSupport
import Testing

@testable import NNFiles

/// Which way up images are beside Exif in JPEG: what Pillow 13's `ImageOps.exif_transpose` takes too.
@Suite struct ExifTests {
    private static let turned: [UInt8] =
        Array("MM".utf8) + [0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0]
        + [0, 0, 0, 0]

    @Test func imagesInPNGAreTurned() throws {
        var file = PNGFile(width: 3, height: 2, depth: 8) { x, y in [1 + x + 3 * y] }
        let chunk = PNGFile.chunk("eXIf", Self.turned)
        let end = PNGFile.chunk("IEND", [])
        let behind = file.bytes.dropLast(end.count) + chunk + end
        file.extra = chunk
        for bytes in [file.bytes, behind, file.bytes + [1, 2, 3]] {
            let image = try EncodedImage(bytes, name: "a.png")
            #expect(image.height == 3 && image.width == 2)
            // By arithmetic on paper, as for JPEG.
            let expected = Image(height: 3, width: 2, channels: 1, bytes: [4, 1, 5, 2, 6, 3])
            #expect(try image.decoded() == expected)
        }
        file.extra = PNGFile.chunk("eXIf", Array(Self.turned.prefix(12)))
        #expect(try EncodedImage(file.bytes, name: "a.png").height == 2)
        file.extra = PNGFile.chunk("tEXt", Self.turned)
        #expect(try EncodedImage(file.bytes, name: "a.png").height == 2)
    }

    @Test func otherwiseXMPDecides() {
        func segment(_ content: [UInt8]) -> [UInt8] {
            [0xFF, 0xE1, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)]
                + content
        }
        func xmp(_ text: String) -> [UInt8] {
            segment(Array("http://ns.adobe.com/xap/1.0/\0<rdf:Description \(text)".utf8))
        }
        let exif = segment(Array("Exif".utf8) + [0, 0] + Self.turned)
        func orientation(_ segments: [UInt8]) -> Int {
            ExifOrientation.of(jpeg: [0xFF, 0xD8] + segments)
        }
        #expect(orientation(xmp("tiff:Orientation=\"8\"/>")) == 8)
        #expect(orientation(xmp("><tiff:Orientation>3</tiff:Orientation>")) == 3)
        #expect(orientation(xmp("tiff:Orientation=\"8\"/>") + exif) == 6)
        for text in ["", "tiff:Orientation", "tiff:Orientation=\"9\"/>", "tiff:Orientation=\"\"/>"]
        {
            #expect(orientation(xmp(text)) == 1)
        }
        #expect(orientation(segment(Array("other tiff:Orientation=\"8\"".utf8))) == 1)
    }
}
