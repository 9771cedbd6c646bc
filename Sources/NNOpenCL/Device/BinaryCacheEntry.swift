/// The layout of a file in the cache of built programs.
///
///     magic "nngpubin" | version | key bytes | binary bytes | checksum of the binary | key | binary
///
/// Numbers are little-endian 64-bit integers. The whole key is stored and compared, so an entry of
/// another program is never taken for this one, whatever the hashes say.
enum BinaryCacheEntry {
    private static let magic = Array("nngpubin".utf8)
    private static let version: UInt64 = 1
    private static let headerBytes = magic.count + 4 * MemoryLayout<UInt64>.size

    static func encode(_ binary: [UInt8], for key: String) -> [UInt8] {
        let key = Array(key.utf8)
        let numbers = [version, UInt64(key.count), UInt64(binary.count), hash(binary)]
        let header = numbers.flatMap { number in
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        return magic + header + key + binary
    }

    /// Returns the binary of an entry, or nil unless the entry is whole and belongs to the key.
    static func binary(in entry: [UInt8], for key: String) -> [UInt8]? {
        let key = Array(key.utf8)
        guard entry.count >= headerBytes + key.count, entry.starts(with: magic) else { return nil }
        let numbers = entry.withUnsafeBytes { bytes in
            (0..<4).map { index in
                UInt64(
                    littleEndian: bytes.loadUnaligned(
                        fromByteOffset: magic.count + index * 8, as: UInt64.self))
            }
        }
        let binary = entry.dropFirst(headerBytes + key.count)
        guard
            numbers == [version, UInt64(key.count), UInt64(binary.count), hash(binary)],
            entry.dropFirst(headerBytes).starts(with: key)
        else { return nil }
        return Array(binary)
    }

    /// The 64-bit FNV-1a hash: the same in every process, unlike `Hasher`, and enough against
    /// accidents, which is all that it is used for.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
