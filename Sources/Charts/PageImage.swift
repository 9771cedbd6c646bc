import CZlib
import Foundation

/// A picture in shades of gray or in colors that a page can hold as text.
public struct PageImage: Sendable {
    let width: Int
    let height: Int
    let channels: Int
    let pixels: [UInt8]

    /// Creates a picture from numbers in 0...1 in row-major order, darkest first: one for each pixel, or red, green and
    /// blue beside each other.
    ///
    /// - Parameters:
    ///   - width: How many pixels are in a row.
    ///   - height: How many rows there are.
    ///   - channels: 1 or 3 numbers a pixel.
    ///   - values: The numbers; nil is returned unless there are as many.
    public init?(width: Int, height: Int, channels: Int = 1, values: some Collection<Float>) {
        guard width > 0, height > 0, [1, 3].contains(channels),
            values.count == width * height * channels
        else { return nil }
        self.width = width
        self.height = height
        self.channels = channels
        pixels = values.map { UInt8(255 * Swift.min(1, Swift.max(0, $0.isNaN ? 0 : $0))) }
    }

    /// Creates a picture of numbers of both signs, such as a filter's weights.
    ///
    /// Gray is 0, white the largest magnitude and black its negative, so that each picture has a scale of its own.
    ///
    /// - Parameters:
    ///   - width: How many pixels are in a row.
    ///   - height: How many rows there are.
    ///   - channels: 1 or 3 numbers a pixel, beside each other.
    ///   - values: The numbers; nil is returned unless there are as many.
    public init?(width: Int, height: Int, channels: Int = 1, signed values: some Collection<Float>)
    {
        let largest = values.lazy.map(abs).max() ?? 0
        self.init(
            width: width, height: height, channels: channels,
            values: values.map { largest > 0 ? 0.5 + 0.5 * $0 / largest : 0.5 })
    }

    /// How bright a pixel is, from 0 to 1.
    func brightness(column: Int, row: Int) -> Double {
        let start = (row * width + column) * channels
        let sum = pixels[start..<start + channels].reduce(0) { $0 + Int($1) }
        return Double(sum) / Double(255 * channels)
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
        // Eight bits of gray (type 0) or of each color (type 2), and no filter before any row.
        let header = bytes(width) + bytes(height) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
        let size = width * channels
        let rows = (0..<height).flatMap { [0] + pixels[$0 * size..<($0 + 1) * size] }
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
