import Foundation

/// Bytes that come in pieces, from a file, a pipe or memory, so that any number of them takes little
/// memory.
package struct ByteStream {
    /// What messages call it.
    package let name: String
    /// The number of all bytes, where it is known before they are read.
    package let count: Int?
    private let pull: () throws(DataError) -> [UInt8]
    private var buffer: [UInt8] = []
    private var start = 0
    private var hasEnded = false

    /// A stream of what `pull` returns until that is nothing.
    package init(name: String, count: Int? = nil, pull: @escaping () throws(DataError) -> [UInt8]) {
        self.name = name
        self.count = count
        self.pull = pull
    }

    /// A stream of bytes in memory, which come in pieces of at most so many.
    package init(_ bytes: [UInt8], name: String, pieceSize: Int = .max) {
        var position = 0
        self.init(name: name, count: bytes.count) { () throws(DataError) in
            let count = min(pieceSize, bytes.count - position)
            defer { position += count }
            return count == bytes.count ? bytes : Array(bytes[position..<position + count])
        }
    }

    /// A stream of a regular file, which must not be larger than `limit` bytes.
    package init(contentsOf path: String, limit: Int = .max) throws(DataError) {
        let file = try OpenFile(path)
        guard file.size <= limit else { throw .tooLarge(file: path, limit: limit) }
        self.init(name: path, count: file.size) { () throws(DataError) in try file.read() }
    }

    /// A stream of what is written to this process.
    package static func standardInput() -> ByteStream {
        let name = "standard input"
        return ByteStream(name: name) { () throws(DataError) in
            try InputFile.read(STDIN_FILENO, upTo: InputFile.pieceSize, name: name)
        }
    }

    /// The same bytes, of which there must not be more than so many.
    package func limited(to limit: Int) -> ByteStream {
        var (rest, total) = (self, 0)
        let name = name
        return ByteStream(name: name) { () throws(DataError) in
            let piece = try rest.available()
            rest.skip(piece.count)
            total += piece.count
            guard total <= limit else { throw .tooLarge(file: name, limit: limit) }
            return Array(piece)
        }
    }

    /// What is there without waiting for more: at least one byte, but for the end.
    package mutating func available() throws(DataError) -> ArraySlice<UInt8> {
        try peek(1)
        return buffer[start...]
    }

    /// Returns the next bytes and leaves them where they are; there are fewer only at the end.
    ///
    /// Memory is taken for what has arrived, never for what was asked for.
    @discardableResult
    package mutating func peek(_ count: Int) throws(DataError) -> ArraySlice<UInt8> {
        while buffer.count - start < count, !hasEnded {
            let piece = try pull()
            hasEnded = piece.isEmpty
            if start == buffer.count {
                buffer = piece
            } else {
                buffer.removeFirst(start)
                buffer += piece
            }
            start = 0
        }
        return buffer[start...].prefix(count)
    }

    /// Passes over bytes that have been looked at.
    package mutating func skip(_ count: Int) {
        start += count
    }

    /// Returns the next bytes and passes over them; there are fewer only at the end.
    package mutating func take(_ count: Int) throws(DataError) -> ArraySlice<UInt8> {
        let bytes = try peek(count)
        skip(bytes.count)
        return bytes
    }
}

/// A regular file that is open as long as somebody holds it.
private final class OpenFile {
    let size: Int
    private let path: String
    private let descriptor: Int32

    init(_ path: String) throws(DataError) {
        self.path = path
        (descriptor, size) = try InputFile.open(path)
    }

    deinit { close(descriptor) }

    func read() throws(DataError) -> [UInt8] {
        try InputFile.read(descriptor, upTo: InputFile.pieceSize, name: path)
    }
}
