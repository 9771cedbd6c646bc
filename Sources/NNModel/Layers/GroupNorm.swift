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
        try pass.check(channels: channels, of: x)
        guard groups >= 1, channels.isMultiple(of: groups) else {
            throw ModelError.option(
                layer: pass.place, name: "groups", value: "\(groups)",
                expected: "a number that divides the \(channels) channels")
        }
        try pass.check(epsilon: epsilon)
        let y = try pass.normalized(x, groups: groups, epsilon: epsilon)
        return isAffine ? try pass.scaledAndShifted(y) : y
    }

    private enum CodingKeys: String, CodingKey {
        case groups, channels, epsilon
        case isAffine = "affine"
    }
}
