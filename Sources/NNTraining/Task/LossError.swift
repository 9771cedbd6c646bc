import Foundation
import NNFiles
import NNGraph

/// A loss that cannot compare a model's outputs with the targets of a data set.
public enum LossError: Error, Equatable, Sendable {
    /// Outputs of a shape [batch, …] that the loss cannot use.
    case outputs(loss: String, found: Shape, expected: String)
    /// An option that the loss cannot have.
    case option(loss: String, name: String, value: String, expected: String)
    /// A class that the model has no output for.
    case labelWithoutOutput(dataset: String, sample: Int, label: Int32, outputs: Int)
    /// Another number of targets than the model has outputs.
    case targetWidth(dataset: String, width: Int, outputs: Int)
    /// A target that is not between 0 and 1.
    case notBinary(dataset: String, sample: Int, value: Float)
    /// A probability that is none.
    case notAProbability(dataset: String, sample: Int, value: Float)
    /// A model whose last layer the loss has in it.
    case takesLogits(loss: String, layer: String)
    /// A loss that a saved model names and this program does not know.
    case unknown(String)
}

extension LossError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .outputs(let loss, let found, let expected):
            "The loss \(loss) cannot use outputs of shape \(Shape(Array(found.dimensions.dropFirst()))): "
                + "end the model with a layer of \(expected)."
        case .option(let loss, let name, let value, let expected):
            "The loss \(loss) cannot have \(value.printable) as its \(name): choose \(expected)."
        case .labelWithoutOutput(let dataset, let sample, let label, let outputs):
            "Sample \(sample) of \(dataset) has the class \(label) and the model \(outputs) outputs: "
                + "use a model with at least \(Int(label) + 1)."
        case .targetWidth(let dataset, let width, let outputs):
            "\(dataset) has \(width) targets a sample and the model \(outputs) outputs: "
                + "use a model with \(width)."
        case .notBinary(let dataset, let sample, let value):
            "Sample \(sample) of \(dataset) has the target \(value) instead of 0 or 1: "
                + "use \(CrossEntropy.typeName) for more classes."
        case .notAProbability(let dataset, let sample, let value):
            "Sample \(sample) of \(dataset) has the probability \(value): use numbers from 0 to 1."
        case .takesLogits(let loss, let layer):
            "The loss \(loss) has a \(layer) in it and the model ends with one too: leave the model's last layer out, "
                + "or train with \(MeanSquaredError.typeName)."
        case .unknown(let name):
            "The model was trained with the loss \(name.excerpt), which is not known here: "
                + "name the loss to use."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
