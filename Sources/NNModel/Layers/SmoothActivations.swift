import NNGraph

/// `x / (1 + e⁻ˣ)`, element by element; also called swish.
public struct SiLU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "silu"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try x * sigmoid(x)
    }
}

/// `x · tanh(log(1 + eˣ))`, element by element.
public struct Mish: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "mish"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try x * tanh(softplus(x))
    }
}

/// `x · min(max(x + 3, 0), 6) / 6`, element by element.
public struct Hardswish: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "hardswish"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try x * (clip(x + 3, min: 0, max: 6) / 6)
    }
}

/// `x` where it is positive, else `α · (eˣ − 1)`, element by element.
public struct ELU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "elu"

    /// What the function goes towards on the negative side, but for the sign.
    public let alpha: Double

    /// Creates the layer.
    public init(alpha: Double = 1) {
        self.alpha = alpha
    }

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        // The exponential of what is not chosen must not be infinite, as its derivative times 0 would be NaN.
        let negative = try minimum(x, .constant(0))
        return try select(compare(x, .greater, .constant(0)), x, (exp(negative) - 1) * alpha)
    }
}

/// `min(max(x, 0), 6)`, element by element.
public struct ReLU6: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "relu6"

    /// Creates the layer.
    public init() {}

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        // At either bound the derivative is 0, as PyTorch has it.
        let isInside = try compare(x, .greater, .constant(0)) * compare(x, .less, .constant(6))
        return try select(isInside, x, stopGradient(clip(x, min: 0, max: 6)))
    }
}

/// `x` where it is positive, else a trained slope times it: one for all, or one for each channel of x [batch, channels, …].
public struct PReLU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "prelu"

    /// The slopes: 1, or as many as channels.
    public let count: Int
    /// The slope that training begins with.
    public let slope: Double

    /// Creates the layer; what is not said is as in PyTorch.
    public init(_ count: Int = 1, slope: Double = 0.25) {
        self.count = count
        self.slope = slope
    }

    /// The function of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard count == 1 || (x.shape.rank >= 2 && x.shape[1] == count) else {
            throw ModelError.channelCount(
                layer: pass.place, expected: count, axes: max(0, x.shape.rank - 2), found: x.shape)
        }
        let weight = try pass.parameter(
            "weight", [count], .constant(slope), fan: Fan(input: 1, output: 1))
        let row = Shape([count] + x.shape.dimensions.dropFirst(2).map { _ in 1 })
        return try select(
            compare(x, .greater, .constant(0)), x,
            x * (count == 1 ? weight : weight.reshape(row)))
    }
}
