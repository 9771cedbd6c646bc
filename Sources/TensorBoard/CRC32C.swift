import Foundation

/// The checksum of event files: CRC-32C, Castagnoli's polynomial, where zlib has another.
enum CRC32C {
    /// What each value of the byte that leaves the register adds.
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0)
        }
    }

    /// The checksum of some bytes.
    static func checksum(of bytes: Data) -> UInt32 {
        ~bytes.reduce(~0) { value, byte in
            value >> 8 ^ table[Int(UInt8(truncatingIfNeeded: value) ^ byte)]
        }
    }

    /// The checksum as it stands in a file: turned, so that a checksum of bytes that hold checksums stays
    /// meaningful.
    static func masked(of bytes: Data) -> UInt32 {
        let checksum = checksum(of: bytes)
        return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
    }
}
