/// The optimizers to choose from by name, with PyTorch's defaults.
public enum OptimizerName: String, CaseIterable, Sendable {
    /// ``SGD`` without momentum.
    case sgd
    /// ``SGD`` with momentum 0.9.
    case momentum
    /// ``SGD`` with Nesterov's momentum 0.9.
    case nesterov
    /// ``Adam`` with coupled weight decay.
    case adam
    /// ``Adam`` with decoupled weight decay.
    case adamW = "adamw"
    /// ``RMSprop`` without momentum.
    case rmsprop

    /// PyTorch's default learning rate.
    public var defaultLearningRate: Double { self == .rmsprop ? 1e-2 : 1e-3 }

    /// The options that the rule has.
    public var options: [OptimizerOptions.Name] {
        switch self {
        case .sgd, .momentum, .nesterov: [.momentum, .nesterov, .weightDecay]
        case .adam, .adamW: [.betas, .epsilon, .weightDecay]
        case .rmsprop: [.alpha, .epsilon, .momentum, .weightDecay]
        }
    }

    /// The optimizer with PyTorch's options: weight decay 0.01 for AdamW, none for the others.
    public func optimizer() -> any Optimizer { made(with: OptimizerOptions()) }

    /// The optimizer with some options, the others being PyTorch's.
    ///
    /// - Throws: ``OptimizerOptionError`` for an option that the rule does not have, or that it cannot have so.
    public func optimizer(
        _ options: OptimizerOptions
    ) throws(OptimizerOptionError) -> any Optimizer {
        try options.check(for: self)
        return made(with: options)
    }

    private func made(with options: OptimizerOptions) -> any Optimizer {
        let decay = options.weightDecay ?? 0
        let (betas, epsilon) = (options.betas ?? Betas(0.9, 0.999), options.epsilon ?? 1e-8)
        return switch self {
        case .sgd, .momentum, .nesterov:
            SGD(
                momentum: options.momentum ?? (self == .sgd ? 0 : 0.9),
                nesterov: self == .nesterov || options.isNesterov, weightDecay: decay)
        case .adam:
            Adam(
                betas: (betas.first, betas.second), epsilon: epsilon, weightDecay: .coupled(decay))
        case .adamW:
            Adam(
                betas: (betas.first, betas.second), epsilon: epsilon,
                weightDecay: .decoupled(options.weightDecay ?? 0.01))
        case .rmsprop:
            RMSprop(
                smoothing: options.alpha ?? 0.99, epsilon: epsilon,
                momentum: options.momentum ?? 0, weightDecay: decay)
        }
    }
}
