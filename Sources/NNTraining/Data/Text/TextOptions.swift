import NNModel

/// How text is read.
public struct TextOptions: Sendable, Equatable {
    /// The tokens of a sequence unless it is said otherwise.
    public static let usualContext = 256
    /// How much of a text is held out unless it is said otherwise.
    public static let usualValidationShare = 0.1

    /// What becomes tokens; nil for bytes, or what `known` says.
    public var kind: Tokenizer.Kind?
    /// The tokens of a model that is to read the text; nil for none.
    public var known: Tokenizer?
    /// The tokens of a sequence, at least 1.
    public var context: Int

    /// Describes a reading.
    public init(
        kind: Tokenizer.Kind? = nil, known: Tokenizer? = nil,
        context: Int = TextOptions.usualContext
    ) {
        self.kind = kind
        self.known = known
        self.context = max(1, context)
    }
}
