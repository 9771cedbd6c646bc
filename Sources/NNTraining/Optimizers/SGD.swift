import NNGraph

/// Gradient descent, with momentum if wanted, as `torch.optim.SGD`.
///
///     g ← g + decay · θ
///     b ← momentum · b + g        (b is 0 at first)
///     θ ← θ − rate · b            or with Nesterov: θ ← θ − rate · (g + momentum · b)
public struct SGD: Optimizer {
    /// How much of the last change is kept; 0 for plain descent.
    public let momentum: Double
    /// Whether the gradient is weighed as if it were taken after the change (Nesterov, 1983).
    public let isNesterov: Bool
    /// How strongly weights are pulled to zero, as part of the gradient.
    public let weightDecay: Double

    /// Creates the rule.
    public init(momentum: Double = 0, nesterov: Bool = false, weightDecay: Double = 0) {
        self.momentum = momentum
        self.isNesterov = nesterov
        self.weightDecay = weightDecay
    }

    /// The momentum buffer, if there is momentum.
    public var stateNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }

    /// The learning rate.
    public func scalars(step: Int, learningRate: Double) -> [Double] { [learningRate] }

    /// The parameters and the momentum buffer after a step.
    public func update(
        _ parameters: Tensor, gradient: Tensor, state: [Tensor], scalars: [Tensor]
    ) throws -> (parameters: Tensor, state: [Tensor]) {
        let gradient = try decayed(gradient, parameters, weightDecay)
        let buffers = try state.map { try $0 * momentum + gradient }
        let change = try buffers.first.map { isNesterov ? try gradient + $0 * momentum : $0 }
        return (try parameters - (change ?? gradient) * scalars[0], buffers)
    }
}
