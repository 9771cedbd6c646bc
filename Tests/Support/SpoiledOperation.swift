import NNGraph

/// An operation that a broken driver computes wrongly, in the second affine layer of
/// `Sequential.multilayerPerceptron(inputs:hidden:outputs:activation:dropout:)` with dropout.
package enum SpoiledOperation: CaseIterable, Sendable {
    /// `x · Wᵀ`.
    case forwardProduct
    /// `dyᵀ · x`, over the samples of the batch.
    case weightGradient
    /// `dy · W`.
    case inputGradient
    /// The sum of `dy` over the samples of the batch.
    case biasGradient

    /// The layer's place: affine map, activation and dropout come before it.
    private static let place = 3

    /// The graph with the operation computed wrongly.
    package func spoil(_ graph: Graph) throws -> Graph {
        try graph.droppingLastTerm { node in
            guard let origin = node.origin, origin.part.hasPrefix("layer \(Self.place) ") else {
                return false
            }
            return switch (node.operation, origin.isGradient) {
            case (.matmul, false): self == .forwardProduct
            case (.matmul(let transposeA, _, _), true):
                self == (transposeA ? .weightGradient : .inputGradient)
            case (.reduce, true): self == .biasGradient
            default: false
            }
        }
    }

    /// The first of an audit's quantities that is wrong by it.
    package var firstWrongQuantity: String {
        switch self {
        case .forwardProduct: "loss"
        case .weightGradient: "norm of the gradient of \(Self.place).weight"
        case .inputGradient: "norm of the gradient of 0.weight"
        case .biasGradient: "norm of the gradient of \(Self.place).bias"
        }
    }
}
