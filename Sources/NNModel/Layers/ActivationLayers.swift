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

/// `x · Φ(x)` with the exact normal distribution Φ, element by element.
public struct GELU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "gelu"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try NNGraph.gelu(x)
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
