import Foundation
import NNFiles
import NNGraph

/// A text that cannot be written.
public enum GenerationError: Error, Equatable, Sendable {
    /// The model does not predict tokens from tokens, [time] int32 and [time, tokens]; the shapes are its own.
    case notOfLanguage(input: Shape, output: Shape?)
    /// What the model says of the token behind one depends on those that follow.
    case seesWhatFollows
    /// The model does not say what text its tokens stand for.
    case noText
    /// There is nothing to go on from.
    case noPrompt
    /// A way to choose tokens that there is not.
    case option(name: String, value: String, expected: String)
    /// What the model says of the token at this place, counted from 0, is NaN or infinite.
    case notFinite(place: Int)
}

extension GenerationError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, and what to do.
    public var description: String {
        switch self {
        case .notOfLanguage(let input, let output):
            "The model takes \(input) and gives \(output.map { "\($0)" } ?? "several outputs"), not logits of tokens for "
                + "each place of a sequence of tokens: use one that was trained on text."
        case .seesWhatFollows:
            "What the model says of the next token depends on those that follow, which are not there yet: use one whose "
                + "attention is causal."
        case .noText:
            "The model does not say what text its tokens stand for: use one that was trained on text and not on a file "
                + "of tokens."
        case .noPrompt: "There is no text to go on from: give at least one character."
        case .option(let name, let value, let expected):
            "The \(name) is \(value): choose \(expected)."
        case .notFinite(let place):
            "What the model says of token \(place + 1) is no number: use weights from before that happened."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
