import CZlib
import Foundation

/// zlib's checksum of bytes that come in pieces.
struct CRC32 {
    private var value: UInt = 0

    /// Eight hexadecimal digits.
    var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Adds more bytes.
    mutating func add(_ bytes: Data) {
        bytes.withUnsafeBytes { add($0) }
    }

    /// Adds more bytes.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        value = crc32_z(
            value, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
}
