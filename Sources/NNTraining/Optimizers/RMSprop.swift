import NNGraph

/// RMSprop (Tieleman and Hinton, 2012), with momentum if wanted, as `torch.optim.RMSprop`.
///
///     g ← g + decay · θ
///     v ← α · v + (1 − α) · g²
///     b ← momentum · b + g / (√v + ε)
///     θ ← θ − rate · b
public struct RMSprop: Optimizer {
    /// How slowly the mean of the squared gradient changes, α.
    public let smoothing: Double
    /// What keeps the denominator from 0, ε.
    public let epsilon: Double
    /// How much of the last change is kept.
    public let momentum: Double
    /// How strongly weights are pulled to zero, as part of the gradient.
    public let weightDecay: Double

    /// Creates the rule.
    public init(
        smoothing: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0,
        weightDecay: Double = 0
    ) {
        self.smoothing = smoothing
        self.epsilon = epsilon
        self.momentum = momentum
        self.weightDecay = weightDecay
    }

    /// The running mean of the squared gradient, and the momentum buffer if there is momentum.
    public var stateNames: [String] {
        ["square_avg"] + (momentum == 0 ? [] : ["momentum_buffer"])
    }

    /// The learning rate.
    public func scalars(step: Int, learningRate: Double) -> [Double] { [learningRate] }

    /// The parameters and states after a step.
    public func update(
        _ parameters: Tensor, gradient: Tensor, state: [Tensor], scalars: [Tensor]
    ) throws -> (parameters: Tensor, state: [Tensor]) {
        let gradient = try decayed(gradient, parameters, weightDecay)
        let square = try state[0] * smoothing + gradient * gradient * (1 - smoothing)
        let scaled = try gradient / (sqrt(square) + epsilon)
        let buffers = try state.dropFirst().map { try $0 * momentum + scaled }
        return (
            try parameters - (buffers.first ?? scaled) * scalars[0], [square] + buffers
        )
    }
}
