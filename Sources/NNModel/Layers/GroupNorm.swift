import NNGraph

/// Group normalization (Wu and He, 2018) of x [batch, channels, …]: neighboring channels form groups, each of which is
/// normalized over all its places, sample by sample: `(x − mean) / √(variance + ε) · weight + bias`.
///
/// With as many groups as channels it is instance normalization, with one group layer normalization of all.
public struct GroupNorm: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "groupnorm"

    /// The groups.
    public let groups: Int
    /// The channels.
    public let channels: Int
    /// What is added to the variance.
    public let epsilon: Double
    /// Whether there are a weight and a bias.
    public let isAffine: Bool

    /// Creates the layer; what is not said is as in PyTorch.
    public init(_ groups: Int, _ channels: Int, epsilon: Double = 1e-5, affine: Bool = true) {
        self.groups = groups
        self.channels = channels
        self.epsilon = epsilon
        isAffine = affine
    }

    /// The normalized groups, of the shape of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.rank >= 2, x.shape[1] == channels else {
            throw ModelError.channelCount(
                layer: pass.place, expected: channels, axes: max(0, x.shape.rank - 2),
                found: x.shape)
        }
        guard groups >= 1, channels.isMultiple(of: groups) else {
            throw ModelError.option(
                layer: pass.place, name: "groups", value: "\(groups)",
                expected: "a number that divides the \(channels) channels")
        }
        guard epsilon > 0, epsilon.isFinite else {
            throw ModelError.option(
                layer: pass.place, name: "epsilon", value: "\(epsilon)",
                expected: "a number above 0")
        }
        let space = Array(x.shape.dimensions.dropFirst(2))
        let divided = try x.reshape(Shape([x.shape[0], groups, channels / groups] + space))
        let axes = Array(2..<divided.shape.rank)
        let deviation = try divided - divided.mean(axes, keepingAxes: true)
        let variance = try square(deviation).mean(axes, keepingAxes: true)
        let y = try (deviation / sqrt(variance + epsilon)).reshape(x.shape)
        guard isAffine else { return y }
        let row = Shape([channels] + space.map { _ in 1 })
        let fan = Fan(input: channels, output: channels)
        let weight = try pass.parameter("weight", [channels], .ones, fan: fan)
        let bias = try pass.parameter("bias", [channels], .zeros, fan: fan)
        return try y * weight.reshape(row) + bias.reshape(row)
    }

    private enum CodingKeys: String, CodingKey {
        case groups, channels, epsilon
        case isAffine = "affine"
    }
}
