import CZlib
import Foundation

/// zlib's checksum of bytes that come in pieces.
package struct CRC32 {
    private var value: UInt = 0

    /// Begins with no bytes.
    package init() {}

    /// Eight hexadecimal digits.
    package var text: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// Adds more bytes.
    package mutating func add(_ bytes: Data) {
        bytes.withUnsafeBytes { add($0) }
    }

    /// Adds more bytes.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        value = crc32_z(
            value, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
}
