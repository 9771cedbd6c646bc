import NNGraph

/// Layer normalization of the last axis (Ba et al., 2016): `(x − mean) / √(variance + ε) · weight + bias`, both of
/// them [features].
public struct LayerNorm: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "layernorm"

    /// The number of features, which are normalized together.
    public let features: Int
    /// What is added to the variance.
    public let epsilon: Double

    /// Creates the layer; ε is PyTorch's.
    public init(_ features: Int, epsilon: Double = 1e-5) {
        self.features = features
        self.epsilon = epsilon
    }

    /// The normalized rows, of the shape of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.dimensions.last == features else {
            throw ModelError.featureCount(layer: pass.place, expected: features, found: x.shape)
        }
        try pass.check(epsilon: epsilon)
        let fan = Fan(input: features, output: features)
        let weight = try pass.parameter("weight", [features], .ones, fan: fan)
        let bias = try pass.parameter("bias", [features], .zeros, fan: fan)
        return try layerNorm(x, gain: weight, bias: bias, epsilon: epsilon)
    }
}
