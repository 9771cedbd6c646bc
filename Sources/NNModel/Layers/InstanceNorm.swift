import NNGraph

/// Instance normalization (Ulyanov et al., 2016) of each channel of x [batch, channels, space …] over its places, sample by
/// sample: `(x − mean) / √(variance + ε)`, with `affine` times a weight plus a bias of each channel.
///
/// It has no running statistics, and without `affine` no parameters, as PyTorch's `InstanceNorm1d` and `InstanceNorm2d`.
public struct InstanceNorm: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "instancenorm"

    /// The channels.
    public let channels: Int
    /// What is added to the variance.
    public let epsilon: Double
    /// Whether there are a weight and a bias.
    public let isAffine: Bool

    /// Creates the layer; what is not said is as in PyTorch.
    public init(_ channels: Int, epsilon: Double = 1e-5, affine: Bool = false) {
        self.channels = channels
        self.epsilon = epsilon
        isAffine = affine
    }

    /// The normalized channels, of the shape of `x`.
    ///
    /// - Throws: ``ModelError`` for x or options that do not fit, and in training for a single place in each channel, all of
    ///   which would become 0.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try pass.check(channels: channels, of: x)
        try pass.check(epsilon: epsilon)
        let places = x.shape.dimensions.dropFirst(2)
        guard !places.isEmpty else {
            throw ModelError.channelCount(
                layer: pass.place, expected: channels, axes: 1, found: x.shape)
        }
        guard !pass.isTraining || places.contains(where: { $0 > 1 }) else {
            throw ModelError.option(
                layer: pass.place, name: "input", value: "\(x.shape)",
                expected: "more than one place for each channel in training")
        }
        let y = try pass.normalized(x, groups: channels, epsilon: epsilon)
        return isAffine ? try pass.scaledAndShifted(y) : y
    }

    private enum CodingKeys: String, CodingKey {
        case channels, epsilon
        case isAffine = "affine"
    }
}
