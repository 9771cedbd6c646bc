import CZlib
import Foundation

/// A picture in shades of gray that a page can hold as text.
public struct GrayImage: Sendable {
    private let width: Int
    private let height: Int
    private let pixels: [UInt8]

    /// Creates a picture from numbers in 0...1 in row-major order, darkest first; nil unless there
    /// is one for each pixel.
    public init?(width: Int, height: Int, values: some Collection<Float>) {
        guard width > 0, height > 0, values.count == width * height else { return nil }
        self.width = width
        self.height = height
        pixels = values.map { UInt8(255 * Swift.min(1, Swift.max(0, $0.isNaN ? 0 : $0))) }
    }

    /// The picture as a PNG file.
    public var png: Data {
        func bytes(_ number: Int) -> [UInt8] {
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
        }
        func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
            let body = Array(type.utf8) + content
            return bytes(content.count) + body + bytes(Int(crc32(0, body, uInt(body.count))))
        }
        // Eight bits of gray, and no filter before any row.
        let header = bytes(width) + bytes(height) + [8, 0, 0, 0, 0]
        let rows = (0..<height).flatMap { [0] + pixels[$0 * width..<($0 + 1) * width] }
        return Data(
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
                + chunk("IDAT", Self.deflated(rows)) + chunk("IEND", []))
    }

    /// The picture as an address that holds all of it.
    public var dataURI: String { "data:image/png;base64," + png.base64EncodedString() }

    private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var length = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        // The bound leaves room for anything, so there is nothing that could fail but memory.
        compress(&result, &length, bytes, uLong(bytes.count))
        return Array(result.prefix(Int(length)))
    }
}
