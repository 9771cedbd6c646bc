import Glibc

/// The little file access that the caches need, without Foundation.
enum SmallFile {
    /// The most that a built program or a tuning file may have, a hundred times what was ever seen.
    private static let sizeLimit = 1 << 28

    /// Returns the contents, or nil if the file is none of ours or cannot be read to its end.
    ///
    /// Where only owned files count, others are none of ours: links, and what belongs to another user or
    /// may be written by one.
    static func read(_ path: String, ownedOnly: Bool = false) -> [UInt8]? {
        // Without O_NONBLOCK, a pipe that nobody writes to would hang before it can be refused.
        let descriptor = open(
            path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | (ownedOnly ? O_NOFOLLOW : 0))
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_size <= sizeLimit,
            !ownedOnly || (status.st_uid == geteuid() && status.st_mode & 0o022 == 0)
        else { return nil }
        var contents = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < contents.count {
            let received = contents.withUnsafeMutableBytes {
                Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            guard received > 0 || (received < 0 && errno == EINTR) else { return nil }
            filled += max(received, 0)
        }
        return contents
    }

    /// Creates a folder and those above it where they are missing.
    static func createFolder(_ path: String) {
        for (index, character) in zip(path.indices, path).dropFirst() where character == "/" {
            mkdir(String(path[..<index]), 0o700)
        }
        mkdir(path, 0o700)
    }

    /// Replaces a file in one step, so that a reader sees the old contents or the new, never half;
    /// leaves it alone and returns false where that is not possible.
    @discardableResult
    static func replace(_ path: String, with contents: [UInt8]) -> Bool {
        var scratch = "\(path).XXXXXX".utf8CString.map(\.self)
        let descriptor = mkstemp(&scratch)
        guard descriptor >= 0, let stream = fdopen(descriptor, "wb") else { return false }
        let written = fwrite(contents, 1, contents.count, stream) == contents.count
        // Buffered bytes meet a full disk only when the stream is closed.
        let closed = fclose(stream) == 0
        guard written, closed, rename(scratch, path) == 0 else {
            unlink(scratch)
            return false
        }
        return true
    }
}
