import Foundation
import NNGraph

/// A loss that cannot compare a model's outputs with the targets of a data set.
public enum LossError: Error, Equatable, Sendable {
    /// Outputs of a shape that the loss cannot use.
    case outputs(loss: Loss, found: Shape)
    /// A class that the model has no output for.
    case labelWithoutOutput(dataset: String, sample: Int, label: Int32, outputs: Int)
    /// Another number of targets than the model has outputs.
    case targetWidth(dataset: String, width: Int, outputs: Int)
    /// A target that is neither 0 nor 1.
    case notBinary(dataset: String, sample: Int, value: Float)
}

extension LossError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .outputs(let loss, let found):
            "The loss \(loss.rawValue) cannot use outputs of shape \(found): "
                + "end the model with a layer of "
                + (loss == .binaryCrossEntropy ? "one output." : "one row of outputs.")
        case .labelWithoutOutput(let dataset, let sample, let label, let outputs):
            "Sample \(sample) of \(dataset) has the class \(label) and the model \(outputs) outputs: "
                + "use a model with at least \(Int(label) + 1)."
        case .targetWidth(let dataset, let width, let outputs):
            "\(dataset) has \(width) targets a sample and the model \(outputs) outputs: "
                + "use a model with \(width)."
        case .notBinary(let dataset, let sample, let value):
            "Sample \(sample) of \(dataset) has the target \(value) instead of 0 or 1: "
                + "use \(Loss.softmaxCrossEntropy.rawValue) for more classes."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
