import NNGraph

/// Repeats each place of an image: x [batch, channels, height, width] gives [batch, channels, scale · height, scale · width],
/// as PyTorch's `Upsample` in the mode `nearest`.
public struct Upsample: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "upsample"

    /// How often each place is repeated along each axis.
    public let scale: AxisNumbers

    /// Creates the layer.
    public init(_ scale: AxisNumbers) {
        self.scale = scale
    }

    /// The larger image.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.rank == 4 else {
            throw ModelError.channelCount(
                layer: pass.place, expected: nil, axes: 2, found: x.shape)
        }
        let scales = try scale.values(2, atLeast: 1, "scale", of: pass.place)
        let (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        return try x.reshape([batch, channels, height, 1, width, 1])
            .broadcast(to: [batch, channels, height, scales[0], width, scales[1]])
            .reshape([batch, channels, height * scales[0], width * scales[1]])
    }
}

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
        guard (0..<1).contains(rate) else {
            throw ModelError.option(
                layer: pass.place, name: "dropout rate", value: "\(rate)",
                expected: "one from 0 up to but not including 1")
        }
        guard x.shape.rank >= 2 else {
            throw ModelError.channelCount(
                layer: pass.place, expected: nil, axes: 2, found: x.shape)
        }
        guard pass.isTraining, rate > 0 else { return x }
        let channels = Shape(
            Array(x.shape.dimensions.prefix(2)) + x.shape.dimensions.dropFirst(2).map { _ in 1 })
        let mask = try compare(pass.uniform(channels), .greaterEqual, .constant(rate))
        return try x * (mask * (1 / (1 - rate)))
    }
}
