import Glibc

/// A folder of built programs that any number of processes may share.
///
/// Every failure is a miss: a folder that cannot be read or written only costs the time to compile.
struct BinaryCache {
    let folder: String

    func load(_ key: String) -> [UInt8]? {
        SmallFile.read(path(for: key), ownedOnly: true).flatMap {
            BinaryCacheEntry.binary(in: $0, for: key)
        }
    }

    func store(_ binary: [UInt8], for key: String) {
        SmallFile.createFolder(folder)
        SmallFile.replace(path(for: key), with: BinaryCacheEntry.encode(binary, for: key))
    }

    /// Two keys may share a path: the entry then fails the comparison of keys and is replaced.
    private func path(for key: String) -> String {
        let digits = String(BinaryCacheEntry.hash(key.utf8), radix: 16)
        return folder + "/" + String(repeating: "0", count: 16 - digits.count) + digits + ".bin"
    }
}
