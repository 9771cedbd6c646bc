/// Tokens in a row, of one byte or two each, in memory or in a file that is read where somebody wants them.
public struct TokenArray: Sendable, Equatable {
    private enum Storage: Sendable, Equatable {
        case bytes([UInt8])
        case words([UInt16])
        case file(TokenFile)
    }

    private let storage: Storage
    /// The number of tokens.
    public let count: Int

    /// Tokens 0 to 255, such as the bytes of a text.
    public init(_ bytes: [UInt8]) {
        storage = .bytes(bytes)
        count = bytes.count
    }

    /// Tokens 0 to 65,535.
    public init(_ words: [UInt16]) {
        storage = .words(words)
        count = words.count
    }

    /// The tokens of a file, which stays open.
    package init(_ file: TokenFile) {
        storage = .file(file)
        count = file.count
    }

    /// Copies the tokens at some places, of which all exist, to the front of a memory.
    ///
    /// - Throws: ``DataError`` if a file cannot be read any more.
    package func copy(
        _ places: Range<Int>, to memory: UnsafeMutableBufferPointer<Int32>
    ) throws(DataError) {
        switch storage {
        case .bytes(let bytes):
            for (target, place) in places.enumerated() { memory[target] = Int32(bytes[place]) }
        case .words(let words):
            for (target, place) in places.enumerated() { memory[target] = Int32(words[place]) }
        case .file(let file):
            for (target, word) in try file.words(at: places).enumerated() {
                memory[target] = Int32(word)
            }
        }
    }

    /// The tokens at some places, of which all exist.
    ///
    /// - Throws: ``DataError`` if a file cannot be read any more.
    package func tokens(at places: Range<Int>) throws(DataError) -> [Int32] {
        var result = [Int32](repeating: 0, count: places.count)
        var failure: DataError?
        result.withUnsafeMutableBufferPointer { memory in
            do throws(DataError) { try copy(places, to: memory) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    /// The largest token, for which all are read; nil if there are none.
    package func largest() throws(DataError) -> Int? {
        switch storage {
        case .bytes(let bytes): return bytes.max().map { Int($0) }
        case .words(let words): return words.max().map { Int($0) }
        case .file(let file):
            var largest: UInt16?
            for start in stride(from: 0, to: count, by: 1 << 20) {
                let part = try file.words(at: start..<min(start + 1 << 20, count)).max()
                largest = [largest, part].compactMap(\.self).max()
            }
            return largest.map { Int($0) }
        }
    }
}
