import Foundation

/// Whole files in and out, with the system's reason when it refuses.
package enum File {
    package static func read(_ path: String) throws(DataError) -> [UInt8] {
        // Without O_NONBLOCK a pipe that nobody writes to would hang before it can be refused.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(file: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(file: path, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .system(file: path, code: EISDIR)
        default: throw .notRegularFile(path)
        }
        // A sparse file can be larger than anything that can be allocated.
        let limit = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        guard status.st_size <= limit else { throw .tooLarge(file: path, limit: limit) }

        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let received = bytes.withUnsafeMutableBytes {
                Foundation.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            guard received >= 0 || errno == EINTR else { throw .system(file: path, code: errno) }
            guard received != 0 else { break }
            filled += max(received, 0)
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }

    /// Replaces the file as a whole, so that a failure leaves the old one.
    static func write(_ bytes: [UInt8], to path: String) throws(DataError) {
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
            throw .system(file: path, code: cause?.code.rawValue ?? EIO)
        }
    }
}
