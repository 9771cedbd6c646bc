import NNGraph

/// `1 / (1 + e⁻ˣ)`, element by element.
public struct Sigmoid: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "sigmoid"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.sigmoid(x)
    }
}

/// The hyperbolic tangent, element by element.
public struct Tanh: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "tanh"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.tanh(x)
    }
}

/// `max(x, 0)`, element by element.
public struct ReLU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "relu"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.relu(x)
    }
}

/// `x` where it is positive, else `slope · x`.
public struct LeakyReLU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "leaky-relu"

    /// The slope unless another one is given: PyTorch's.
    public static let usualSlope = 0.01

    /// The slope for negative `x`.
    public let slope: Double

    /// Creates the layer.
    public init(slope: Double = LeakyReLU.usualSlope) {
        self.slope = slope
    }

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try leakyReLU(x, slope: slope)
    }
}

extension LeakyReLU: CustomStringConvertible {
    /// The kind with the slope, for summaries.
    public var description: String { "LeakyReLU(\(slope))" }
}

/// `x · Φ(x)` with the normal distribution Φ, element by element.
public struct GELU: Layer {
    /// How Φ is computed.
    public enum Approximation: String, Codable, Sendable, CaseIterable {
        /// Exactly.
        case none
        /// By tanh, as in GPT-2.
        case tanh
    }

    /// What the layer is called in a saved model.
    public static let typeName = "gelu"

    /// How Φ is computed.
    public let approximation: Approximation

    /// Creates the layer; what is not said is as in PyTorch.
    public init(approximation: Approximation = .none) {
        self.approximation = approximation
    }

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        switch approximation {
        case .none: try gelu(x)
        case .tanh: try geluTanh(x)
        }
    }
}

extension GELU {
    private enum CodingKeys: String, CodingKey { case approximation = "approximate" }

    /// Reads the approximation, of which files say nothing where there is none.
    public init(from decoder: any Decoder) throws {
        approximation =
            try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(
                Approximation.self, forKey: .approximation) ?? Approximation.none
    }

    /// Writes the approximation, if there is one.
    public func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: CodingKeys.self)
        if approximation != .none { try object.encode(approximation, forKey: .approximation) }
    }
}

/// `log(1 + eˣ)`, element by element.
public struct Softplus: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "softplus"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.softplus(x)
    }
}

/// `exp(x) / Σ exp(x)` along the last axis.
public struct Softmax: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "softmax"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.softmax(x)
    }
}
