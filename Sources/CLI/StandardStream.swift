import Glibc
import Synchronization

/// The one writer of everything that goes to stdout and stderr.
enum StandardStream {
    /// As much as a pipe takes without waiting, once it says that it takes something.
    private static let piece = 4096

    /// Whether the reader of progress took nothing when it was last waited for.
    private static let isStuck = Atomic(false)

    /// Writes a result to stdout and waits as long as its reader makes it wait.
    ///
    /// - Throws: ``OutputFileError`` with the system's reason.
    static func writeResult(_ bytes: some Sequence<UInt8>) throws(OutputFileError) {
        guard write(Array(bytes), to: STDOUT_FILENO, patience: -1) else {
            throw OutputFileError(
                path: "Standard output", reason: String(cString: strerror(errno)))
        }
    }

    /// Tries once to write progress or a diagnosis to stderr.
    ///
    /// A disk that is full, a terminal that has gone or a reader that has stopped reading costs the text
    /// and nothing else; a reader that takes nothing is waited for so many milliseconds, once.
    static func writeProgress(_ text: String, patience: Int32) {
        let patience = isStuck.load(ordering: .relaxed) ? 0 : patience
        let isWritten = write(Array(text.utf8), to: STDERR_FILENO, patience: patience)
        isStuck.store(!isWritten, ordering: .relaxed)
    }

    /// Whether all bytes were taken; else `errno` says why not.
    private static func write(_ bytes: [UInt8], to descriptor: Int32, patience: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            if patience >= 0, !isReady(descriptor, patience: patience) { return false }
            let count = rest.prefix(patience >= 0 ? piece : rest.count).withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, errno == EAGAIN, patience < 0 {
                // Somebody who shares it has asked it not to make anybody wait.
                _ = isReady(descriptor, patience: -1)
            } else if count == 0 || errno != EINTR {
                return false
            }
        }
        return true
    }

    /// Whether writing would not have to wait, perhaps for an error.
    private static func isReady(_ descriptor: Int32, patience: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&request, 1, patience) > 0
    }
}
