import NNFiles
import NNGraph

/// Sequences of one length that lie one after the other in a row of tokens, and share its memory.
///
/// Sequence i has the tokens from `i · length + shift` on: with the shift 0 what a language model reads, and with 1 what
/// follows each of its tokens.
public struct TokenWindows: Sendable, Equatable {
    /// All tokens.
    let tokens: TokenArray
    /// The tokens of a sequence.
    let length: Int
    private let shift: Int
    /// Which sequences these are.
    private let numbers: [Int32]

    /// The sequences that fit, each with a token behind it, and for each what follows its tokens.
    ///
    /// - Parameters:
    ///   - tokens: All tokens.
    ///   - length: The tokens of a sequence, at least 1.
    ///   - name: What the tokens are called in messages.
    /// - Returns: What is read, and what is to be predicted.
    /// - Throws: ``DataError/tooFewTokens(dataset:count:length:)`` where none fits.
    static func pairs(
        _ tokens: TokenArray, length: Int, named name: String
    ) throws(DataError) -> (inputs: TokenWindows, targets: TokenWindows) {
        let count = (tokens.count - 1) / length
        guard count > 0 else {
            throw .tooFewTokens(dataset: name, count: tokens.count, length: length)
        }
        guard let last = Int32(exactly: count) else { throw .tooManySamples(name, count) }
        let numbers = Array(0..<last)
        return (
            TokenWindows(tokens: tokens, length: length, shift: 0, numbers: numbers),
            TokenWindows(tokens: tokens, length: length, shift: 1, numbers: numbers)
        )
    }

    private init(tokens: TokenArray, length: Int, shift: Int, numbers: [Int32]) {
        self.tokens = tokens
        self.length = length
        self.shift = shift
        self.numbers = numbers
    }

    /// The number of tokens in all sequences.
    package var count: Int { numbers.count * length }

    /// The sequences at some positions.
    func selecting(_ positions: [Int]) -> TokenWindows {
        TokenWindows(
            tokens: tokens, length: length, shift: shift, numbers: positions.map { numbers[$0] })
    }

    /// The places in all tokens of a sequence.
    private func places(of position: Int) -> Range<Int> {
        let start = Int(numbers[position]) * length + shift
        return start..<start + length
    }

    /// Copies the sequences at some positions to the front of a memory.
    func copy(_ positions: [Int], to memory: HostMemory) throws(DataError) {
        let target = memory.bytes.bindMemory(to: Int32.self)
        for (place, position) in positions.enumerated() {
            let part = target[place * length..<(place + 1) * length]
            try tokens.copy(places(of: position), to: UnsafeMutableBufferPointer(rebasing: part))
        }
    }

    /// The tokens at some positions of the sequences in a row.
    func tokens(at positions: Range<Int>) throws(DataError) -> [Int32] {
        guard !positions.isEmpty else { return [] }
        let (first, last) = (positions.lowerBound / length, (positions.upperBound - 1) / length)
        var tokens: [Int32] = []
        for position in first...last { tokens += try self.tokens.tokens(at: places(of: position)) }
        let start = positions.lowerBound - first * length
        return Array(tokens[start..<start + positions.count])
    }
}
