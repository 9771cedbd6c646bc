import Foundation
import NNGraph

/// A graph that ``GradientCheck`` cannot differentiate numerically.
public enum GradientCheckError: Error, Equatable, Sendable {
    /// A loss that is not one real number.
    case lossNotScalar(TensorType)
    /// An empty list of leaves.
    case nothingToDifferentiate
    /// A tensor that is computed from others, so that it cannot be moved.
    case notALeaf(String)
    /// A leaf whose elements are not real numbers.
    case notDifferentiable(name: String, TensorType)
    /// A leaf that the loss is not computed from.
    case unrelatedLeaf(name: String, known: [String])
    /// A leaf without values.
    case missingValues(name: String, TensorType)
    /// Fewer than one element to differentiate numerically.
    case tooFewSamples(Int)
}

extension GradientCheckError: LocalizedError, CustomStringConvertible {
    /// One sentence: what is wrong, where, and what to do.
    public var description: String {
        switch self {
        case .lossNotScalar(let type):
            "The loss to check is \(type) and has to be one float: take its mean() or sum()."
        case .nothingToDifferentiate:
            "The gradient check was given no leaves: name at least one that the loss depends on."
        case .notALeaf(let tensor):
            "The gradient check cannot move \(tensor), which is computed from other tensors: "
                + "take inputs or parameters."
        case .notDifferentiable(let name, let type):
            "The gradient check cannot move \"\(name)\", which is \(type): take leaves of floats."
        case .unrelatedLeaf(let name, let known):
            "The loss to check is not computed from this \"\(name)\": take the tensors that it was "
                + "made with, which are \(known.sorted().joined(separator: ", "))."
        case .missingValues(let name, let type):
            "The gradient check has no values for \"\(name)\": give \(type.shape.count) of them, as "
                + "it is \(type)."
        case .tooFewSamples(let count):
            "A gradient check of \(count) elements would find nothing: let it sample at least 1."
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
