import CZlib

/// An image in the PNG format (ISO/IEC 15948) in shades of gray.
///
///     signature | chunks: length, type, data, check sum of type and data
///
/// Colors become gray by ITU-R BT.601 on the values as they are stored, as in Pillow's `convert("L")`.
/// Check sums are checked; ancillary chunks, such as color profiles, have no say.
package struct PNGImage {
    package static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    let width: Int
    let height: Int
    /// The shades, row-major, from 0 for black to 1 for white.
    package let pixels: [Float]

    /// Reads an image that has to fit samples of the given shape.
    ///
    /// The size is checked before room is made for the image, whatever the header says of it.
    package init(_ bytes: [UInt8], name: String, sampleShape: [Int]) throws(DataError) {
        let chunks = try PNGChunks(bytes, name: name)
        let format = chunks.format
        // Sizes of 1 stand for samples or channels, and a flat shape says the number of pixels only.
        let sides = sampleShape.filter { $0 != 1 }
        let fits =
            sides.count == 2
            ? sides == [format.height, format.width]
            : sampleShape.checkedProduct == [format.width, format.height].checkedProduct
        guard fits else {
            throw .imageSize(
                file: name, width: format.width, height: format.height, expected: sampleShape)
        }
        let rows: [UInt8]
        do throws(Inflater.Failure) {
            rows = try Inflater.inflate(
                chunks.deflated[...], in: .zlib, to: format.passes.reduce(0) { $0 + $1.byteCount })
        } catch {
            throw .png(file: name, .damaged("its pixels cannot be inflated: \(error.problem)"))
        }
        width = format.width
        height = format.height
        var stored = PNGPixels(rows, format, chunks)
        pixels = try stored.shades(name: name)
    }

    /// The length of a chunk's data, and the type.
    package static func chunkHead(_ bytes: ArraySlice<UInt8>) -> (length: Int, type: String) {
        (
            bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) },
            String(decoding: bytes.dropFirst(4).prefix(4), as: UTF8.self)
        )
    }
}

/// What is in the chunks of a PNG file, taken apart but not decoded.
struct PNGChunks {
    let format: PNGFormat
    /// Colors of three bytes.
    private(set) var palette: [UInt8] = []
    /// The opacity of the palette's colors, or the one color that is transparent.
    private(set) var transparency: [UInt8] = []
    private(set) var deflated: [UInt8] = []

    init(_ bytes: [UInt8], name: String) throws(DataError) {
        let signature = PNGImage.signature
        guard bytes.starts(with: signature) else {
            throw .wrongFormat(file: name, expected: "the PNG signature")
        }
        func damaged(_ problem: String) -> DataError { .png(file: name, .damaged(problem)) }
        var format: PNGFormat?
        var rest = bytes.dropFirst(signature.count)
        var type = ""
        while type != "IEND" {
            guard rest.count >= 8 else { throw damaged("it ends before its last chunk") }
            let length: Int
            (length, type) = PNGImage.chunkHead(rest)
            rest = rest.dropFirst(4)
            guard rest.count - 8 >= length else { throw damaged("it ends inside of a chunk") }
            let checked = rest.prefix(4 + length)
            let data = checked.dropFirst(4)
            let stored = rest.dropFirst(4 + length).prefix(4).reduce(0) { $0 << 8 | UInt($1) }
            let sum = checked.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
            guard sum == stored else { throw damaged("the check sum of a chunk is wrong") }
            rest = rest.dropFirst(8 + length)
            guard (type == "IHDR") == (format == nil) else {
                throw damaged("its header is not its first chunk")
            }
            switch type {
            case "IHDR": format = try PNGFormat(data, name: name)
            case "PLTE": palette = Array(data)
            case "tRNS": transparency = Array(data)
            case "IDAT": deflated += data
            case "IEND": break
            default:
                // A capital letter stands for a chunk without which the image makes no sense.
                guard checked.first.map({ $0 & 0x20 != 0 }) == true else {
                    throw .png(file: name, .unsupported("has a chunk of unknown meaning"))
                }
            }
        }
        guard let format, rest.isEmpty else { throw damaged("more bytes follow its end") }
        self.format = format
    }
}
