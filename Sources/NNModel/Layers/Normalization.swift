import NNGraph

// What normalizations have in common.
extension ForwardPass {
    /// Throws ``ModelError/option(layer:name:value:expected:)`` for what cannot keep a variance above 0.
    func check(epsilon: Double) throws(ModelError) {
        guard epsilon > 0, epsilon.isFinite else {
            throw .option(
                layer: place, name: "epsilon", value: "\(epsilon)", expected: "a number above 0")
        }
    }

    /// Throws ``ModelError/channelCount(layer:expected:axes:found:)`` unless x is [batch, channels, …].
    func check(channels: Int, of x: Tensor) throws(ModelError) {
        guard x.shape.rank >= 2, x.shape[1] == channels else {
            throw .channelCount(
                layer: place, expected: channels, axes: max(0, x.shape.rank - 2), found: x.shape)
        }
    }

    /// Neighboring channels of x [batch, channels, …] as groups, each normalized over all its places, sample by sample:
    /// `(x − mean) / √(variance + ε)`.
    func normalized(_ x: Tensor, groups: Int, epsilon: Double) throws -> Tensor {
        let space = Array(x.shape.dimensions.dropFirst(2))
        let divided = try x.reshape(Shape([x.shape[0], groups, x.shape[1] / groups] + space))
        let axes = Array(2..<divided.shape.rank)
        let deviation = try divided - divided.mean(axes, keepingAxes: true)
        let variance = try square(deviation).mean(axes, keepingAxes: true)
        return try (deviation / sqrt(variance + epsilon)).reshape(x.shape)
    }

    /// x [batch, channels, …] times a weight plus a bias of each channel, which begin as 1 and 0.
    func scaledAndShifted(_ x: Tensor) throws -> Tensor {
        let channels = x.shape[1]
        let row = Shape([channels] + x.shape.dimensions.dropFirst(2).map { _ in 1 })
        let fan = Fan(input: channels, output: channels)
        let weight = try parameter("weight", [channels], .ones, fan: fan)
        let bias = try parameter("bias", [channels], .zeros, fan: fan)
        return try x * weight.reshape(row) + bias.reshape(row)
    }
}
