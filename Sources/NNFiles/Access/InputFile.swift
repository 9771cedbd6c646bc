import Foundation

/// Reading of regular files, with the system's reason when it refuses.
package enum InputFile {
    /// How much of a file is read at once where it is not read as a whole.
    static let pieceSize = 1 << 18

    /// More bytes than this machine could hold.
    package static var memoryLimit: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

    /// The bytes of a regular file; more than `limit` are refused, as a sparse file can be larger than
    /// anything that can be allocated.
    package static func read(
        _ path: String, limit: Int = memoryLimit
    ) throws(DataError) -> [UInt8] {
        let (descriptor, size) = try open(path)
        defer { close(descriptor) }
        guard size <= limit else { throw .tooLarge(file: path, limit: limit) }

        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < bytes.count {
            let received = bytes.withUnsafeMutableBytes {
                read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[filled...]))
            }
            guard received >= 0 else { throw .system(file: path, code: errno) }
            guard received > 0 else { break }
            filled += received
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// The first bytes of a regular file, as many as tell formats apart.
    package static func head(of path: String) throws(DataError) -> [UInt8] {
        let (descriptor, _) = try open(path)
        defer { close(descriptor) }
        return try read(descriptor, upTo: FileKind.headSize, name: path)
    }

    /// Opens a regular file, which the caller has to close.
    static func open(_ path: String) throws(DataError) -> (descriptor: Int32, size: Int) {
        // Without O_NONBLOCK a pipe that nobody writes to would hang before it can be refused.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(file: path, code: errno) }
        do throws(DataError) {
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .system(file: path, code: errno) }
            switch status.st_mode & S_IFMT {
            case S_IFREG: return (descriptor, Int(status.st_size))
            case S_IFDIR: throw .system(file: path, code: EISDIR)
            default: throw .notRegularFile(path)
            }
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Reads what there is, at most so many bytes and none at the end.
    static func read(
        _ descriptor: Int32, upTo count: Int, name: String
    ) throws(DataError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let received = bytes.withUnsafeMutableBytes { read(descriptor, into: $0) }
        guard received >= 0 else { throw .system(file: name, code: errno) }
        bytes.removeLast(count - received)
        return bytes
    }

    private static func read(
        _ descriptor: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        while true {
            let received = Foundation.read(descriptor, bytes.baseAddress, bytes.count)
            if received >= 0 || errno != EINTR { return received }
        }
    }
}
