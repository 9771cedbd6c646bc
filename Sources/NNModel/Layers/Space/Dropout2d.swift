import NNGraph

/// Sets whole channels of x [batch, channels, …] to 0 with probability `rate` in training and scales the others by
/// 1/(1 − rate).
public struct Dropout2d: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "dropout2d"

    /// The probability that a channel is dropped, from 0 up to but not including 1.
    public let rate: Double

    /// Creates the layer.
    public init(rate: Double = 0.5) {
        self.rate = rate
    }

    /// In training `x · mask / (1 − rate)` with a new mask each step, else `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.rank >= 2 else {
            throw ModelError.channelCount(
                layer: pass.place, expected: nil, axes: 2, found: x.shape)
        }
        let channels = Shape(
            Array(x.shape.dimensions.prefix(2)) + x.shape.dimensions.dropFirst(2).map { _ in 1 })
        return try pass.dropout(x, rate: rate, maskShape: channels)
    }
}
