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

    /// The optimizer, by default with PyTorch's weight decay: 0.01 for AdamW, none for the others.
    public func optimizer(weightDecay: Double? = nil) -> any Optimizer {
        let decay = weightDecay ?? 0
        return switch self {
        case .sgd: SGD(weightDecay: decay)
        case .momentum: SGD(momentum: 0.9, weightDecay: decay)
        case .nesterov: SGD(momentum: 0.9, nesterov: true, weightDecay: decay)
        case .adam: Adam(weightDecay: .coupled(decay))
        case .adamW: Adam(weightDecay: .decoupled(weightDecay ?? 0.01))
        case .rmsprop: RMSprop(weightDecay: decay)
        }
    }
}
