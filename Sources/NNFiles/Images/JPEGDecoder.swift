import CImages

/// Images in the JPEG format (ISO/IEC 10918), read by libjpeg-turbo.
package enum JPEGDecoder {
    package static let signature: [UInt8] = [0xFF, 0xD8, 0xFF]

    /// What the header says.
    struct Header {
        let height: Int
        let width: Int
        fileprivate let space: TJCS

        var isColor: Bool { space != TJCS_GRAY }
        /// Whether colors are stored as inks.
        fileprivate var isInk: Bool { space == TJCS_CMYK || space == TJCS_YCCK }
        fileprivate var storedChannels: Int { isInk ? 4 : isColor ? 3 : 1 }
    }

    /// Reads the header and hands it to `body` together with the reader.
    static func withHeader<Result>(
        of bytes: [UInt8], name: String,
        _ body: (_ reader: tjhandle, _ header: Header) throws(DataError) -> Result
    ) throws(DataError) -> Result {
        guard let reader = tjInitDecompress() else {
            throw .image(file: name, .damaged("JPEG", "out of memory"))
        }
        defer { tjDestroy(reader) }
        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, -1, -1)
        // It also fails at a sampling of colors that it has no name for, which decoding needs none for.
        _ = tjDecompressHeader3(
            reader, bytes, UInt(bytes.count), &width, &height, &sampling, &space)
        guard width > 0, height > 0, space >= 0 else {
            throw damaged(reader, name)
        }
        let header = Header(
            height: Int(height), width: Int(width), space: TJCS(rawValue: UInt32(space)))
        guard let size = [header.height, header.width, header.storedChannels].checkedProduct,
            size <= EncodedImage.limit
        else {
            throw .image(file: name, .tooLarge(width: header.width, height: header.height))
        }
        return try body(reader, header)
    }

    /// Reads the pixels as they are stored, whichever way up that is.
    static func decode(_ bytes: [UInt8], name: String) throws(DataError) -> Image {
        try withHeader(of: bytes, name: name) { reader, header throws(DataError) in
            let format = header.isInk ? TJPF_CMYK : header.isColor ? TJPF_RGB : TJPF_GRAY
            let size = header.height * header.width * header.storedChannels
            var code: Int32 = 0
            let pixels = [UInt8](unsafeUninitializedCapacity: size) { pixels, filled in
                code = tjDecompress2(
                    reader, bytes, UInt(bytes.count), pixels.baseAddress, Int32(header.width), 0,
                    Int32(header.height), format.rawValue, TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
                filled = size
            }
            // Cameras put bytes between the pixels and the end, which everybody passes over.
            guard code == 0 || warning(of: reader).contains("extraneous bytes") else {
                throw damaged(reader, name)
            }
            return Image(
                height: header.height, width: header.width, channels: header.isColor ? 3 : 1,
                bytes: header.isInk ? mixed(pixels) : pixels)
        }
    }

    /// The colors of inks on white paper, stored as how much of the light each leaves, as Adobe's programs do it.
    private static func mixed(_ inks: [UInt8]) -> [UInt8] {
        var colors: [UInt8] = []
        colors.reserveCapacity(inks.count / 4 * 3)
        for pixel in stride(from: 0, to: inks.count, by: 4) {
            let light = UInt32(inks[pixel + 3])
            for ink in 0..<3 {
                // What the ink takes of the light, rounded, is what Pillow rounds.
                let taken = ((255 - UInt32(inks[pixel + ink])) * light + 127) / 255
                colors.append(UInt8(light - taken))
            }
        }
        return colors
    }

    private static func warning(of reader: tjhandle) -> String {
        guard tjGetErrorCode(reader) == TJERR_WARNING.rawValue else { return "" }
        return tjGetErrorStr2(reader).map { String(cString: $0) } ?? ""
    }

    private static func damaged(_ reader: tjhandle, _ name: String) -> DataError {
        .image(
            file: name,
            .damaged(
                "JPEG", tjGetErrorStr2(reader).map { String(cString: $0).printable } ?? "unreadable"
            ))
    }
}
