import Foundation
import Synchronization

/// Writes files so that a reader, or a crash, finds the old content or the new, never half of one.
public enum AtomicFile {
    /// Replaces the content of `url` by `data`, durably: both the file and its folder are flushed.
    ///
    /// The bytes go to a scratch file in the same folder, which is flushed and renamed over the target. On failure the
    /// scratch file is removed and the target is as it was, but for `AtomicFileError.Step.flushFolder`: then the new
    /// content is in place and only its survival of a power failure is unsure. A symbolic link is followed.
    public static func write(_ data: Data, to url: URL) throws(AtomicFileError) {
        let writer = try AtomicFileWriter(url)
        try writer.append(data)
        try writer.commit()
    }
}

/// A file that is written piece by piece and stands under its name only when it is whole.
///
/// Until ``commit()``, and for good if that is never called, the target is what it was; see ``AtomicFile``.
public final class AtomicFileWriter {
    private static let counter = Atomic<UInt64>(0)

    private let target: URL
    private let scratch: String
    private var descriptor: Int32

    /// Begins an empty file in the place of what is at `url`, or of nothing.
    public init(_ url: URL) throws(AtomicFileError) {
        target = url.resolvingSymlinksInPath()
        let mode = try Self.modeOfExisting(target)
        (scratch, descriptor) = try Self.openScratch(for: target)
        if let mode { fchmod(descriptor, mode) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(scratch)
    }

    /// Writes bytes behind those that have been written.
    public func append(_ data: some ContiguousBytes) throws(AtomicFileError) {
        try write(data, by: { [descriptor] in Foundation.write(descriptor, $0, $1) })
    }

    /// Replaces the first bytes of those that have been written.
    public func replaceBeginning(by data: some ContiguousBytes) throws(AtomicFileError) {
        var place = 0
        try write(data) { [descriptor] bytes, count in
            let written = pwrite(descriptor, bytes, count, off_t(place))
            place += max(written, 0)
            return written
        }
    }

    /// Flushes the file and puts it in its place.
    public func commit() throws(AtomicFileError) {
        guard fsync(descriptor) == 0 else { throw error(.flush) }
        let code = close(descriptor)
        descriptor = -1
        guard code == 0, rename(scratch, target.path) == 0 else {
            let error = error(code == 0 ? .rename : .flush)
            unlink(scratch)
            throw error
        }
        try flushFolder()
    }

    private func error(_ step: AtomicFileError.Step) -> AtomicFileError {
        AtomicFileError(path: target.path, step: step, code: errno)
    }

    private func write(
        _ data: some ContiguousBytes, by write: (UnsafeRawPointer?, Int) -> Int
    ) throws(AtomicFileError) {
        let code = data.writeAll(by: write)
        guard code == 0 else {
            throw AtomicFileError(path: target.path, step: .write, code: code)
        }
    }

    /// The permissions of the file to be replaced, or nil if there is none.
    ///
    /// Without the bits that make a program run as its owner: they were given to the old content.
    private static func modeOfExisting(_ target: URL) throws(AtomicFileError) -> mode_t? {
        var status = stat()
        guard stat(target.path, &status) == 0 else { return nil }
        // Renaming over a device would replace it: `--save /dev/null` must not end the machine's /dev/null.
        guard status.st_mode & S_IFMT == S_IFREG else {
            let code = status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
            throw AtomicFileError(path: target.path, step: .inspect, code: code)
        }
        return status.st_mode & 0o777
    }

    private static func openScratch(
        for target: URL
    ) throws(AtomicFileError) -> (path: String, descriptor: Int32) {
        while true {
            let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
            let path = target.deletingLastPathComponent()
                .appending(path: ".nngpu-\(getpid())-\(number).tmp").path
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
            if descriptor >= 0 { return (path, descriptor) }
            // A process of the same number may have been killed here before: take the next name.
            guard errno == EEXIST || errno == EINTR else {
                throw AtomicFileError(path: target.path, step: .create, code: errno)
            }
        }
    }

    private func flushFolder() throws(AtomicFileError) {
        let folder = target.deletingLastPathComponent().path
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw error(.flushFolder) }
        defer { close(descriptor) }
        // Some file systems cannot flush a folder and say EINVAL; there is nothing more to do there.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw error(.flushFolder) }
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

    /// What the system says to that.
    public var reason: String { String(cString: strerror(code)) }
}

extension AtomicFileError: LocalizedError, CustomStringConvertible {
    /// One sentence: what failed, where, and what to do.
    public var description: String {
        switch step {
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
