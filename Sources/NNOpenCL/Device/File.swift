import Glibc

/// The little file access that the caches need, without Foundation.
enum File {
    /// Returns the contents, or nil if the file cannot be read to its end.
    static func read(_ path: String) -> [UInt8]? {
        guard let stream = fopen(path, "rb") else { return nil }
        defer { fclose(stream) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 {
            contents += chunk[..<count]
        }
        return ferror(stream) == 0 ? contents : nil
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
