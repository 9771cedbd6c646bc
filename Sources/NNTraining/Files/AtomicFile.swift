import Foundation
import Synchronization

/// Writes files so that a reader, or a crash, finds the old content or the new, never half of one.
public enum AtomicFile {
    private static let counter = Atomic<UInt64>(0)

    /// Replaces the content of `url` by `data`, durably: both the file and its folder are flushed.
    ///
    /// The bytes go to a scratch file in the same folder, which is flushed and renamed over the target. On failure the
    /// scratch file is removed and the target is as it was, but for `AtomicFileError.Step.flushFolder`: then the new
    /// content is in place and only its survival of a power failure is unsure. A symbolic link is followed.
    public static func write(_ data: Data, to url: URL) throws(AtomicFileError) {
        let target = url.resolvingSymlinksInPath()
        let folder = target.deletingLastPathComponent()
        let mode = try modeOfExisting(target)
        let (scratch, descriptor) = try openScratch(in: folder, for: target)
        do throws(AtomicFileError) {
            try fill(descriptor, with: data, mode: mode, for: target)
            guard rename(scratch, target.path) == 0 else {
                throw AtomicFileError(path: target.path, step: .rename, code: errno)
            }
        } catch {
            unlink(scratch)
            throw error
        }
        try flush(folder, for: target)
    }

    /// The permissions of the file to be replaced, or nil if there is none.
    private static func modeOfExisting(_ target: URL) throws(AtomicFileError) -> mode_t? {
        var status = stat()
        guard stat(target.path, &status) == 0 else { return nil }
        // Renaming over a device would replace it: `--save /dev/null` must not end the machine's /dev/null.
        guard status.st_mode & S_IFMT == S_IFREG else {
            let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            throw AtomicFileError(path: target.path, step: .inspect, code: code)
        }
        return status.st_mode & 0o7777
    }

    private static func openScratch(
        in folder: URL, for target: URL
    ) throws(AtomicFileError) -> (path: String, descriptor: Int32) {
        while true {
            let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
            let path = folder.appending(path: ".nngpu-\(getpid())-\(number).tmp").path
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (path, descriptor) }
            // A process of the same number may have been killed here before: take the next name.
            guard errno == EEXIST || errno == EINTR else {
                throw AtomicFileError(path: target.path, step: .create, code: errno)
            }
        }
    }

    /// Writes and flushes `data` and closes the descriptor, whatever happens.
    private static func fill(
        _ descriptor: Int32, with data: Data, mode: mode_t?, for target: URL
    ) throws(AtomicFileError) {
        let written: Int32 = data.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
                if count > 0 {
                    offset += count
                } else if count == 0 {
                    return EIO
                } else if errno != EINTR {
                    return errno
                }
            }
            return 0
        }
        guard written == 0 else {
            close(descriptor)
            throw AtomicFileError(path: target.path, step: .write, code: written)
        }
        if let mode { fchmod(descriptor, mode) }
        guard fsync(descriptor) == 0 else {
            let code = errno
            close(descriptor)
            throw AtomicFileError(path: target.path, step: .flush, code: code)
        }
        guard close(descriptor) == 0 else {
            throw AtomicFileError(path: target.path, step: .flush, code: errno)
        }
    }

    private static func flush(_ folder: URL, for target: URL) throws(AtomicFileError) {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw AtomicFileError(path: target.path, step: .flushFolder, code: errno)
        }
        defer { close(descriptor) }
        // Some file systems cannot flush a folder and say EINVAL; there is nothing more to do there.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw AtomicFileError(path: target.path, step: .flushFolder, code: errno)
        }
    }
}

/// Why a file could not be written: the file, the step that failed and the system's reason.
public struct AtomicFileError: Error, Equatable, Sendable {
    /// A step of an atomic write, in order.
    public enum Step: String, Sendable {
        /// Looking at what stands at the target.
        case inspect
        /// Creating the scratch file beside the target.
        case create
        /// Writing the scratch file.
        case write
        /// Flushing the scratch file to the disk.
        case flush
        /// Renaming the scratch file over the target.
        case rename
        /// Flushing the folder, after the new content is in place.
        case flushFolder
    }

    /// The file that was to be written.
    public let path: String
    /// The step that failed.
    public let step: Step
    /// The system's error number.
    public let code: Int32
}

extension AtomicFileError: LocalizedError, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do.
    public var description: String {
        let reason = String(cString: strerror(code))
        return switch step {
        case .inspect:
            "\(path) is a folder or a device, not a file that can be replaced; choose another name."
        case .create:
            "Cannot create a file in the folder of \(path) (\(reason)); make that folder, or choose one you may write to."
        case .write, .flush:
            "Cannot write \(path) (\(reason)); what it held before is unchanged: free some space or choose another disk."
        case .rename:
            "Cannot replace \(path) (\(reason)); what it held before is unchanged: choose another name."
        case .flushFolder:
            "\(path) is written, but its folder could not be flushed (\(reason)); write it again before you rely on it."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
