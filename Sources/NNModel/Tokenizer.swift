import NNFiles

/// How a text becomes tokens, the numbers that a language model reads and writes.
///
/// It belongs to the model's input, so that whoever applies the model reads and writes the same.
public enum Tokenizer: Sendable, Hashable {
    /// Each byte is a token: any file is a text.
    case bytes
    /// Each character is the token that is its place in a list, of Unicode's scalars in ascending order.
    case characters([Unicode.Scalar])
    /// So many tokens whose text is not known, as in a file of tokens alone.
    case numbers(count: Int)

    /// The kinds that a text can be read by.
    public enum Kind: String, Sendable, CaseIterable {
        /// ``Tokenizer/bytes``.
        case bytes
        /// ``Tokenizer/characters(_:)`` of those that occur.
        case characters
    }

    /// The most characters that a list may have.
    package static let mostCharacters = 1 << 16

    /// The characters that occur in a text.
    ///
    /// - Throws: ``DataError`` for bytes that are no UTF-8, or more characters than a list may have.
    package static func characters(
        of text: [UInt8], named name: String
    ) throws(DataError) -> Tokenizer {
        var known: Set<Unicode.Scalar> = []
        try scalars(of: text, named: name) { scalar, _ in known.insert(scalar) }
        guard known.count <= mostCharacters else {
            throw .tooManyCharacters(file: name, count: known.count, limit: mostCharacters)
        }
        return .characters(known.sorted())
    }

    /// The number of tokens there are.
    public var count: Int {
        switch self {
        case .bytes: 256
        case .characters(let scalars): scalars.count
        case .numbers(let count): count
        }
    }

    /// Whether it is known what text the tokens stand for.
    public var hasText: Bool { if case .numbers = self { false } else { true } }

    /// The tokens of a text; `name` says in messages where it comes from.
    ///
    /// - Throws: ``DataError`` for bytes that are no UTF-8 and characters that are not in the list, where one is
    ///   needed, and for tokens that have no text.
    public func tokens(of text: [UInt8], named name: String) throws(DataError) -> TokenArray {
        switch self {
        case .bytes: return TokenArray(text)
        case .characters(let scalars):
            let places = Dictionary(
                scalars.enumerated().map { ($1, UInt16(truncatingIfNeeded: $0)) }
            ) { $1 }
            var tokens: [UInt16] = []
            try Self.scalars(of: text, named: name) { scalar, position throws(DataError) in
                guard let token = places[scalar] else {
                    throw .unknownCharacter(
                        file: name, character: String(scalar), position: position)
                }
                tokens.append(token)
            }
            return TokenArray(tokens)
        case .numbers: throw .tokensWithoutText(name)
        }
    }

    /// The bytes of the text of a token; nil for one that there is not, or whose text is not known.
    public func text(of token: Int) -> [UInt8]? {
        switch self {
        case .bytes: UInt8(exactly: token).map { [$0] }
        case .characters(let scalars):
            scalars.indices.contains(token) ? Array(String(scalars[token]).utf8) : nil
        case .numbers: nil
        }
    }

    private static func scalars(
        of text: [UInt8], named name: String,
        _ use: (Unicode.Scalar, _ position: Int) throws(DataError) -> Void
    ) throws(DataError) {
        var decoder = UTF8()
        var bytes = text.makeIterator()
        var position = 0
        while true {
            switch decoder.decode(&bytes) {
            case .scalarValue(let scalar):
                try use(scalar, position)
                position += UTF8.width(scalar)
            case .emptyInput: return
            case .error: throw .notUTF8(file: name, position: position)
            }
        }
    }
}

extension Tokenizer: CustomStringConvertible {
    /// What it is, as people are told.
    public var description: String {
        switch self {
        case .bytes: "bytes"
        case .characters(let scalars): "\(scalars.count) characters"
        case .numbers(let count): "numbers below \(count)"
        }
    }
}

extension Tokenizer: Codable {
    private enum CodingKeys: CodingKey { case kind, characters, count }

    /// Reads the kind, and the characters or the count that belong to it.
    public init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: CodingKeys.self)
        func damaged(_ key: CodingKeys) -> DecodingError {
            .dataCorruptedError(forKey: key, in: object, debugDescription: "no tokenizer")
        }
        switch try object.decode(String.self, forKey: .kind) {
        case "bytes": self = .bytes
        case "characters":
            let scalars = Array(
                try object.decode(String.self, forKey: .characters).unicodeScalars)
            guard !scalars.isEmpty, scalars.count <= Self.mostCharacters,
                zip(scalars, scalars.dropFirst()).allSatisfy({ $0 < $1 })
            else { throw damaged(.characters) }
            self = .characters(scalars)
        case "numbers":
            let count = try object.decode(Int.self, forKey: .count)
            guard count > 0 else { throw damaged(.count) }
            self = .numbers(count: count)
        default: throw damaged(.kind)
        }
    }

    /// Writes them.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .bytes: try object.encode("bytes", forKey: .kind)
        case .characters(let scalars):
            try object.encode("characters", forKey: .kind)
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            try object.encode(String(text), forKey: .characters)
        case .numbers(let count):
            try object.encode("numbers", forKey: .kind)
            try object.encode(count, forKey: .count)
        }
    }
}
