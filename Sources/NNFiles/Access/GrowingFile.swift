import Foundation
import Synchronization

/// A file that grows by whole records, such as a log.
///
/// Each record reaches the system in one piece, so a process that is killed leaves all before it, and one
/// that does not fit the disk leaves nothing of itself: what comes later, once there is space again,
/// follows a whole record.
public final class GrowingFile: Sendable {
    /// Where it is.
    public let path: String
    private let descriptor: Int32
    private let end: Mutex<off_t>

    /// Opens a file to add to what it has, and makes it if need be; until this object's end, no other
    /// can.
    ///
    /// - Parameters:
    ///   - path: Where it is.
    ///   - byteCount: How much to keep of what it has; by default all.
    /// - Throws: ``GrowingFileError`` if that is not possible, or if it is no ordinary file.
    public init(path: String, keeping byteCount: Int? = nil) throws(GrowingFileError) {
        self.path = path
        // Without O_NONBLOCK, a pipe that nobody reads would hang before it can be refused.
        descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
        guard descriptor >= 0 else { throw GrowingFileError(path: path, code: errno) }
        let size: off_t
        do throws(GrowingFileError) {
            size = try Self.claim(descriptor, path: path, keeping: byteCount)
        } catch {
            close(descriptor)
            throw error
        }
        end = Mutex(size)
    }

    /// Locks the file, cuts it off, and returns its size.
    private static func claim(
        _ descriptor: Int32, path: String, keeping byteCount: Int?
    ) throws(GrowingFileError) -> off_t {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw GrowingFileError(path: path, code: EINVAL)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw GrowingFileError(path: path, code: errno)
        }
        guard let byteCount, byteCount < status.st_size else { return status.st_size }
        guard ftruncate(descriptor, off_t(byteCount)) == 0 else {
            throw GrowingFileError(path: path, code: errno)
        }
        return off_t(byteCount)
    }

    deinit { close(descriptor) }

    /// Adds a record.
    ///
    /// - Throws: ``GrowingFileError``; then the file is what it was.
    public func append(_ record: Data) throws(GrowingFileError) {
        let code: Int32 = end.withLock { end in
            let code = record.withUnsafeBytes { write($0, at: end) }
            if code == 0 { end += off_t(record.count) } else { ftruncate(descriptor, end) }
            return code
        }
        guard code == 0 else { throw GrowingFileError(path: path, code: code) }
    }

    /// Writes all bytes, in one call unless the system takes only part of them, and returns an error
    /// number or 0.
    private func write(_ bytes: UnsafeRawBufferPointer, at start: off_t) -> Int32 {
        var written = 0
        while written < bytes.count {
            let count = pwrite(
                descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written,
                start + off_t(written))
            if count > 0 {
                written += count
            } else if count == 0 {
                return EIO
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}

/// Why a file could not be added to.
public struct GrowingFileError: Error, Equatable, Sendable {
    /// The file.
    public let path: String
    /// The system's error number.
    public let code: Int32

    /// Creates an error from the file and the system's number.
    public init(path: String, code: Int32) {
        self.path = path
        self.code = code
    }

    /// The system's reason.
    public var reason: String { String(cString: strerror(code)) }
}

extension GrowingFileError: LocalizedError, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do.
    public var description: String {
        switch code {
        case EINVAL: "\(path) is a device, not a file that can be added to: choose another name."
        case EWOULDBLOCK: "Another process is writing \(path): choose another name, or wait for it."
        default: "Cannot write \(path) (\(reason)): free some space or choose another place."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
