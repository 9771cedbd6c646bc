import Foundation
import NNGraph

/// Adam (Kingma and Ba, 2015), and AdamW (Loshchilov and Hutter, 2019) if the decay is decoupled.
///
///     g ← g + decay · θ           coupled, or decoupled: θ ← θ · (1 − rate · decay)
///     m ← β₁ · m + (1 − β₁) · g
///     v ← β₂ · v + (1 − β₂) · g²
///     θ ← θ − rate/(1 − β₁ᵗ) · m / (√v · 1/√(1 − β₂ᵗ) + ε)
public struct Adam: Optimizer {
    /// How weight decay acts.
    public enum WeightDecay: Sendable, Equatable {
        /// As part of the gradient: `torch.optim.Adam`.
        case coupled(Double)
        /// On the parameters themselves: `torch.optim.AdamW`.
        case decoupled(Double)
    }

    /// How slowly the mean of the gradient and that of its square change, β₁ and β₂.
    public let betas: (Double, Double)
    /// What keeps the denominator from 0, ε.
    public let epsilon: Double
    /// How strongly weights are pulled to zero.
    public let weightDecay: WeightDecay

    /// Creates the rule.
    public init(
        betas: (Double, Double) = (0.9, 0.999), epsilon: Double = 1e-8,
        weightDecay: WeightDecay = .coupled(0)
    ) {
        self.betas = betas
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    /// The running means of the gradient and of its square.
    public var stateNames: [String] { ["exp_avg", "exp_avg_sq"] }

    /// `rate/(1 − β₁ᵗ)`, `1/√(1 − β₂ᵗ)` and `1 − rate · decay`.
    public func scalars(step: Int, learningRate: Double) -> [Double] {
        let remaining: Double
        switch weightDecay {
        case .coupled: remaining = 1
        case .decoupled(let decay): remaining = 1 - learningRate * decay
        }
        return [
            learningRate / (1 - pow(betas.0, Double(step))),
            1 / (1 - pow(betas.1, Double(step))).squareRoot(),
            remaining,
        ]
    }

    /// The parameters and the running means after a step.
    public func update(
        _ parameters: Tensor, gradient: Tensor, state: [Tensor], scalars: [Tensor]
    ) throws -> (parameters: Tensor, state: [Tensor]) {
        let gradientToUse: Tensor
        let start: Tensor
        switch weightDecay {
        case .coupled(let decay):
            (gradientToUse, start) = (try decayed(gradient, parameters, decay), parameters)
        case .decoupled:
            (gradientToUse, start) = (gradient, try parameters * scalars[2])
        }
        let mean = try state[0] * betas.0 + gradientToUse * (1 - betas.0)
        let square = try state[1] * betas.1 + gradientToUse * gradientToUse * (1 - betas.1)
        let denominator = try sqrt(square) * scalars[1] + epsilon
        return (try start - scalars[0] * (mean / denominator), [mean, square])
    }
}
