import Foundation

/// A file of tokens as 16-bit numbers, least byte first: bare as nanoGPT writes it, or behind the header of llm.c.
///
/// It is read where tokens are wanted and not mapped into memory: a file that became shorter meanwhile would end the
/// process, and is an error here.
package final class TokenFile: Sendable, Equatable {
    /// The path, for messages.
    package let name: String
    /// The number of tokens.
    package let count: Int
    /// How many tokens there are to choose from, where the file says it: GPT-2's 50,257 with llm.c's header.
    package let vocabularySize: Int?
    private let descriptor: Int32
    private let headerSize: Int

    private static let wordSize = 2
    /// The header of llm.c: 256 numbers of 32 bits, of which the first are a signature, a version and the count of
    /// tokens.
    private static let fullHeaderSize = 1024
    private static let (signature, version): (Int32, Int32) = (20_240_520, 1)
    /// Of files with the tokens of Llama 3, which have 32 bits.
    private static let wideSignature: Int32 = 20_240_801

    /// Opens a file.
    ///
    /// - Throws: ``DataError`` for one that cannot be read, or is cut off.
    package init(contentsOf path: String) throws(DataError) {
        let (descriptor, size) = try InputFile.open(path)
        let layout: (headerSize: Int, count: Int, vocabularySize: Int?)
        do throws(DataError) {
            layout = try Self.layout(
                of: InputFile.read(descriptor, upTo: 12, name: path), size: size, path)
        } catch {
            close(descriptor)
            throw error
        }
        (name, self.descriptor) = (path, descriptor)
        (headerSize, count, vocabularySize) = layout
    }

    private static func layout(
        of header: [UInt8], size: Int, _ path: String
    ) throws(DataError) -> (headerSize: Int, count: Int, vocabularySize: Int?) {
        let numbers = stride(from: 0, to: header.count - 3, by: 4).map { place in
            (0..<4).reduce(Int32(0)) { $0 | Int32(header[place + $1]) << (8 * $1) }
        }
        guard numbers.first != wideSignature else {
            throw .unsupportedElements(
                file: path, found: "uint32, the tokens of Llama 3", accepted: "uint16")
        }
        guard numbers.count == 3, numbers[0] == signature else {
            guard size.isMultiple(of: wordSize) else {
                throw .partialSample(
                    file: path, sample: size / wordSize, found: 1, expected: wordSize)
            }
            return (0, size / wordSize, nil)
        }
        guard numbers[1] == version else {
            throw .malformedHeader(file: path, position: 4, expected: "the version \(version)")
        }
        let count = Int(UInt32(bitPattern: numbers[2]))
        guard size == fullHeaderSize + count * wordSize else {
            throw .byteCount(
                file: path, expected: count * wordSize, found: max(0, size - fullHeaderSize))
        }
        return (fullHeaderSize, count, 50_257)
    }

    deinit { close(descriptor) }

    /// The tokens at some places.
    func words(at places: Range<Int>) throws(DataError) -> [UInt16] {
        var words = [UInt16](repeating: 0, count: places.count)
        let start = headerSize + places.lowerBound * Self.wordSize
        let missing = words.withUnsafeMutableBytes { bytes -> Int in
            var filled = 0
            while filled < bytes.count {
                let received = pread(
                    descriptor, bytes.baseAddress.map { $0 + filled }, bytes.count - filled,
                    off_t(start + filled))
                if received < 0, errno == EINTR { continue }
                guard received > 0 else { break }
                filled += received
            }
            return bytes.count - filled
        }
        guard missing == 0 else {
            throw .byteCount(
                file: name, expected: count * Self.wordSize,
                found: start - headerSize + words.count * Self.wordSize - missing)
        }
        return words.map(UInt16.init(littleEndian:))
    }

    /// Whether two are the same open file.
    package static func == (a: TokenFile, b: TokenFile) -> Bool { a === b }
}
