import CImages

/// Images in the PNG format (ISO/IEC 15948), read by libspng.
///
/// Values are taken as they are stored, as Pillow does it: neither a gamma nor a color profile has a say, and opacity is
/// left out. Sixteen bits are rounded to eight.
package enum PNGDecoder {
    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// What the header says.
    struct Header {
        let height: Int
        let width: Int
        /// Bits a channel.
        let depth: Int
        let isColor: Bool
        let isPalette: Bool
        /// Whether each pixel has an opacity of its own.
        let hasAlpha: Bool

        fileprivate init(_ header: spng_ihdr) {
            height = Int(header.height)
            width = Int(header.width)
            depth = Int(header.bit_depth)
            isPalette = UInt32(header.color_type) == SPNG_COLOR_TYPE_INDEXED.rawValue
            isColor = header.color_type & 2 != 0
            hasAlpha = header.color_type & 4 != 0
        }

        /// Bytes or, where the depth is 16, pairs of bytes a pixel, as they are decoded.
        fileprivate var storedChannels: Int { (isColor ? 3 : 1) + (hasAlpha ? 1 : 0) }
    }

    /// The most bytes that a chunk beside the pixels may hold, such as a text or a color profile.
    private static let chunkLimit = 1 << 24

    /// Reads the header and hands it to `body` together with the reader.
    static func withHeader<Result>(
        of bytes: [UInt8], name: String,
        _ body: (_ reader: OpaquePointer, _ header: Header) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        guard let reader = spng_ctx_new(0) else {
            throw .image(file: name, .damaged("PNG", "out of memory"))
        }
        defer { spng_ctx_free(reader) }
        return try bytes.withUnsafeBufferPointer { bytes throws(DataError) in
            var header = spng_ihdr()
            let limit = UInt32(EncodedImage.limit)
            let discard = Int32(SPNG_CRC_DISCARD.rawValue)
            // What stands beside the pixels may be damaged, as it is not looked at.
            for code in [
                spng_set_image_limits(reader, limit, limit),
                spng_set_chunk_limits(reader, chunkLimit, 2 * chunkLimit),
                spng_set_crc_action(reader, Int32(SPNG_CRC_ERROR.rawValue), discard),
                spng_set_png_buffer(reader, bytes.baseAddress, bytes.count),
                spng_get_ihdr(reader, &header),
            ] where code != 0 {
                throw damaged(code, name)
            }
            let read = Header(header)
            // Sixteen bits take twice as many bytes until they are rounded.
            guard
                let size = [read.height, read.width, read.storedChannels, read.depth == 16 ? 2 : 1]
                    .checkedProduct, size <= EncodedImage.limit
            else { throw .image(file: name, .tooLarge(width: read.width, height: read.height)) }
            return try body(reader, read)
        }
    }

    /// Reads the pixels; what follows the last chunk has no say.
    static func decode(_ bytes: [UInt8], name: String) throws(DataError) -> Image {
        try withHeader(of: bytes, name: name) { reader, header throws(DataError) in
            let format =
                header.isPalette
                ? SPNG_FMT_RGB8
                : header.depth < 8 ? SPNG_FMT_G8 : SPNG_FMT_PNG
            var size = 0
            var code = spng_decoded_image_size(reader, Int32(format.rawValue), &size)
            guard code == 0 else { throw damaged(code, name) }
            let sampleSize = header.depth == 16 ? 2 : 1
            let stored = header.isPalette ? 3 : header.storedChannels
            guard size == header.height * header.width * stored * sampleSize else {
                throw .image(file: name, .damaged("PNG", "its pixels have another size"))
            }
            let pixels = [UInt8](unsafeUninitializedCapacity: size) { pixels, filled in
                code = spng_decode_image(
                    reader, pixels.baseAddress, size, Int32(format.rawValue), 0)
                filled = code == 0 ? size : 0
            }
            guard code == 0 else { throw damaged(code, name) }
            let channels = header.isColor ? 3 : 1
            return Image(
                height: header.height, width: header.width, channels: channels,
                bytes: rounded(pixels, isWide: sampleSize == 2, channels, of: stored))
        }
    }

    /// The first channels of each pixel, in bytes.
    private static func rounded(
        _ pixels: [UInt8], isWide: Bool, _ channels: Int, of stored: Int
    ) -> [UInt8] {
        guard isWide || channels < stored else { return pixels }
        return pixels.withUnsafeBytes { pixels in
            let size = isWide ? 2 : 1
            var result: [UInt8] = []
            result.reserveCapacity(pixels.count / stored / size * channels)
            for pixel in stride(from: 0, to: pixels.count, by: stored * size) {
                for channel in 0..<channels {
                    let place = pixel + channel * size
                    // 65,535 is 255 times 257.
                    result.append(
                        isWide
                            ? UInt8(
                                (UInt32(
                                    pixels.loadUnaligned(fromByteOffset: place, as: UInt16.self))
                                    + 128) / 257)
                            : pixels[place])
                }
            }
            return result
        }
    }

    private static func damaged(_ code: Int32, _ name: String) -> DataError {
        .image(
            file: name,
            .damaged("PNG", spng_strerror(code).map { String(cString: $0) } ?? "\(code)"))
    }

    /// The length of a chunk's data, and the type.
    package static func chunkHead(_ bytes: ArraySlice<UInt8>) -> (length: Int, type: String) {
        (
            bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) },
            String(decoding: bytes.dropFirst(4).prefix(4), as: UTF8.self)
        )
    }
}
