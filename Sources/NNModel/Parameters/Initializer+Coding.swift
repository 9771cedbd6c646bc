extension Initializer: CustomStringConvertible {
    /// What files and flags call it, such as `he-uniform` or `normal:0.02`.
    public var description: String {
        switch self {
        case .standard: "standard"
        case .heUniform: "he-uniform"
        case .heNormal: "he-normal"
        case .glorotUniform: "glorot-uniform"
        case .glorotNormal: "glorot-normal"
        case .zeros: "zeros"
        case .ones: "ones"
        case .constant(let number): "constant:\(number)"
        case .normal(let deviation): "normal:\(deviation)"
        case .truncatedNormal(let deviation): "truncated-normal:\(deviation)"
        case .orthogonal(let gain): "orthogonal:\(gain)"
        case .zeroRow(let row, let others): "zero-row:\(row):\(others)"
        }
    }

    /// Those without a number of their own.
    static let plain: [Initializer] = [
        .standard, .heUniform, .heNormal, .glorotUniform, .glorotNormal, .zeros, .ones,
    ]

    /// What files and flags may name, without numbers.
    package static let names: [String] =
        plain.map(\.description) + ["constant", "normal", "truncated-normal", "orthogonal"]

    /// Understands what ``description`` says; a number that is left out is 1.
    public init?(_ text: String) {
        if let plain = Self.plain.first(where: { $0.description == text }) {
            self = plain
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts[0] == "zero-row" {
            let rest = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard rest.count == 3, let row = Int(rest[1]), let others = Initializer(String(rest[2]))
            else { return nil }
            self = .zeroRow(row, others)
            return
        }
        guard let number = parts.count == 1 ? 1 : Double(parts[1]), number.isFinite else {
            return nil
        }
        switch parts.first {
        case "constant": self = .constant(number)
        case "normal" where number >= 0: self = .normal(deviation: number)
        case "truncated-normal" where number >= 0: self = .truncatedNormal(deviation: number)
        case "orthogonal": self = .orthogonal(gain: number)
        default: return nil
        }
    }
}

extension Initializer: Codable {
    /// Reads the text.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let initializer = Initializer(text) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "no initializer"))
        }
        self = initializer
    }

    /// Writes the text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
