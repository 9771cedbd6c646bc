import Foundation
import NNFiles

/// Changes of pictures that cannot be made.
public enum AugmentationError: Error, Equatable, Sendable {
    /// A word that means nothing here, or comes twice.
    case unknown(String)
    /// Samples that are no images.
    case notAnImage(input: String, shape: [Int])
    /// Images of more numbers than are counted exactly.
    case imageTooLarge(shape: [Int], limit: Int)
    /// A number of pixels that is negative or more than an image has.
    case outOfRange(word: String, value: Int, limit: Int, shape: [Int])
}

extension AugmentationError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .unknown(let word):
            "\(word.excerpt) is no augmentation: write \(Augmentation.forms.joined(separator: ", ")), with commas "
                + "between them and each at most once."
        case .notAnImage(let input, let shape):
            "Samples of \(input.excerpt) have the shape \(shape), which is no image to augment: give samples [height, width] "
                + "or [channels, height, width], or train without augmentation."
        case .imageTooLarge(let shape, let limit):
            "Images \(shape) have more than the \(limit) numbers that augmentation takes: give smaller ones."
        case .outOfRange(let word, let value, let limit, let shape):
            "\(word):\(value) does not suit images \(shape): choose from 1 to \(limit)."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
