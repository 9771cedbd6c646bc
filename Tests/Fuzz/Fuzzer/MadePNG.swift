import CZlib

/// A PNG file with check sums that are right and pixels that can be inflated, made of any bytes: no mutation
/// of a file would get as far.
struct MadePNG {
    let width: Int
    let height: Int
    private(set) var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Takes width, height, depth, color, interlacing and the sizes of palette and transparency from the
    /// first bytes, and what is in them from the rest.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 7 else { return nil }
        let sizes = bytes[..<7].map { Int($0) }
        (width, height) = (1 + sizes[0] % 32, 1 + sizes[1] % 32)
        var rest = bytes[7...]
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        var header: [UInt8] = [0, 0, 0, UInt8(width), 0, 0, 0, UInt8(height)]
        header += bytes[2...3]
        header += [0, 0, bytes[4]]
        append("IHDR", header)
        if sizes[5] > 0 { append("PLTE", take(sizes[5])) }
        if sizes[6] > 0 { append("tRNS", take(sizes[6])) }
        append("IDAT", Self.stored(Array(rest)))
        append("IEND", [])
    }

    private mutating func append(_ type: String, _ data: [UInt8]) {
        let checked = Array(type.utf8) + data
        file += Self.bigEndian(data.count) + checked
        file += Self.bigEndian(Int(crc32_z(0, checked, checked.count)))
    }

    /// The bytes behind zlib's header and in blocks that are not compressed.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x78, 0x01]
        for start in stride(from: 0, through: bytes.count, by: 0xFFFF) {
            let block = bytes[start..<min(start + 0xFFFF, bytes.count)]
            let count = [UInt8(block.count & 0xFF), UInt8(block.count >> 8)]
            let isLast: UInt8 = start + 0xFFFF > bytes.count ? 1 : 0
            result.append(isLast)
            result += count
            result += count.map { ~$0 }
            result += block
        }
        return result + bigEndian(Int(adler32_z(1, bytes, bytes.count)))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
