import NNGraph

/// The functions to choose from between the layers of a perceptron.
public enum Activation: Hashable, Sendable {
    /// ``Sigmoid``.
    case sigmoid
    /// ``Tanh``.
    case tanh
    /// ``ReLU``.
    case relu
    /// ``LeakyReLU``, by default with PyTorch's slope.
    case leakyReLU(slope: Double = LeakyReLU.usualSlope)
    /// ``GELU``.
    case gelu
    /// ``Softplus``.
    case softplus

    /// The layer that applies the function.
    public var layer: any Layer {
        switch self {
        case .sigmoid: Sigmoid()
        case .tanh: Tanh()
        case .relu: ReLU()
        case .leakyReLU(let slope): LeakyReLU(slope: slope)
        case .gelu: GELU()
        case .softplus: Softplus()
        }
    }
}

extension Activation: CaseIterable {
    /// All functions, those with an option with its usual value.
    public static let allCases: [Activation] = [
        .sigmoid, .tanh, .relu, .leakyReLU(), .gelu, .softplus,
    ]
}

extension Activation: CustomStringConvertible {
    /// What files and flags call it without options, such as `leaky-relu`.
    public var name: String { type(of: layer).typeName }

    /// What files and flags call it, such as `relu` or `leaky-relu:0.01`.
    public var description: String {
        if case .leakyReLU(let slope) = self { "\(name):\(slope)" } else { name }
    }

    /// Understands what ``description`` says, also without the option.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let known = Self.allCases.first(where: { $0.name == parts[0] }) else { return nil }
        guard parts.count == 2 else {
            self = known
            return
        }
        guard case .leakyReLU = known, let slope = Double(parts[1]), slope.isFinite else {
            return nil
        }
        self = .leakyReLU(slope: slope)
    }
}
