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
