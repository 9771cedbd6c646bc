import NNGraph

/// Root mean square normalization of the last axis (Zhang and Sennrich, 2019): `x / √(mean of x² + ε) · weight`, the weight
/// [features].
public struct RMSNorm: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "rmsnorm"

    /// The number of features, which are normalized together.
    public let features: Int
    /// What is added to the mean square.
    public let epsilon: Double

    /// Creates the layer; ε is PyTorch's, the distance from 1 to the next number of single precision.
    public init(_ features: Int, epsilon: Double = 0x1p-23) {
        self.features = features
        self.epsilon = epsilon
    }

    /// The normalized rows, of the shape of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.dimensions.last == features else {
            throw ModelError.featureCount(layer: pass.place, expected: features, found: x.shape)
        }
        try pass.check(epsilon: epsilon)
        let weight = try pass.parameter(
            "weight", [features], .ones, fan: Fan(input: features, output: features))
        let scale = try sqrt(square(x).mean([-1], keepingAxes: true) + epsilon)
        return try x / scale * weight
    }
}
