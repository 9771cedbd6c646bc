/// An image in the bytes of a PNG or JPEG file: what its header says of it, and its pixels when they are asked for.
package struct EncodedImage {
    /// What messages call it.
    package let name: String
    /// The height of the image as it is seen.
    package let height: Int
    /// The width of the image as it is seen.
    package let width: Int
    /// 1 for gray, 3 for red, green and blue.
    package let channels: Int
    private let bytes: [UInt8]
    private let isPNG: Bool
    private let orientation: Int

    /// The most bytes that the pixels of an image may have, whatever a header says.
    package static let limit = 1 << 28

    /// Whether a file that begins so is an image that can be read.
    package static func canRead(_ head: some Collection<UInt8>) -> Bool {
        [PNGDecoder.signature, JPEGDecoder.signature].contains { head.starts(with: $0) }
    }

    /// Reads the header; the format is told by the bytes, whatever the name says.
    ///
    /// - Throws: ``DataError`` for other files, damaged ones and images larger than ``limit``.
    package init(_ bytes: [UInt8], name: String) throws(DataError) {
        guard Self.canRead(bytes) else {
            throw bytes.isEmpty
                ? .noSamples(name)
                : .unexpected(bytes, file: name, expected: "the signature of PNG or JPEG")
        }
        isPNG = bytes.starts(with: PNGDecoder.signature)
        let sizes: (height: Int, width: Int, channels: Int)
        if isPNG {
            orientation = ExifOrientation.of(png: bytes)
            sizes = try PNGDecoder.withHeader(of: bytes, name: name) { _, header in
                (header.height, header.width, header.isColor ? 3 : 1)
            }
        } else {
            orientation = ExifOrientation.of(jpeg: bytes)
            sizes = try JPEGDecoder.withHeader(of: bytes, name: name) { _, header in
                (header.height, header.width, header.isColor ? 3 : 1)
            }
        }
        let isTurned = orientation > 4
        height = isTurned ? sizes.width : sizes.height
        width = isTurned ? sizes.height : sizes.width
        channels = sizes.channels
        self.bytes = bytes
        self.name = name
    }

    /// Reads the header of a file.
    package init(contentsOf path: String) throws(DataError) {
        try self.init(InputFile.read(path, limit: Self.limit), name: path)
    }

    /// Reads the pixels.
    ///
    /// - Throws: ``DataError`` for damaged ones.
    package func decoded() throws(DataError) -> Image {
        let decode = isPNG ? PNGDecoder.decode : JPEGDecoder.decode
        return try decode(bytes, name).oriented(orientation)
    }
}
