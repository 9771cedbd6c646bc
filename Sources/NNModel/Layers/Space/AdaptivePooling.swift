import NNGraph

/// A layer of the means of as many equal parts of space as wanted, which overlap where its size is no multiple: x [batch,
/// channels, space …] gives [batch, channels] with the wanted sizes.
public protocol AdaptiveAveragePoolLayer: Layer {
    /// The number of axes of space.
    static var axisCount: Int { get }
    /// The parts along each axis.
    var outputs: AxisNumbers { get }
}

extension AdaptiveAveragePoolLayer {
    /// The means.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let count = Self.axisCount
        guard x.shape.rank == count + 2 else {
            throw ModelError.channelCount(
                layer: pass.place, expected: nil, axes: count, found: x.shape)
        }
        let parts = try outputs.values(count, atLeast: 1, "outputs", of: pass.place)
        if parts.allSatisfy({ $0 == 1 }) {
            return try x.mean(Array(2..<count + 2), keepingAxes: true)
        }
        var result = x
        for (axis, count) in parts.enumerated() {
            let extent = x.shape[2 + axis]
            // Part i is elements ⌊i · n / k⌋ up to ⌈(i + 1) · n / k⌉.
            result = try concatenate(
                (0..<count).map { part in
                    let range = part * extent / count..<((part + 1) * extent + count - 1) / count
                    return try result.slice(range, axis: 2 + axis).mean(
                        [2 + axis], keepingAxes: true)
                }, axis: 2 + axis)
        }
        return result
    }
}

/// The means of equal parts of one axis: x [batch, channels, length] gives [batch, channels, outputs].
public struct AdaptiveAvgPool1d: AdaptiveAveragePoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "adaptiveavgpool1d"
    /// The number of axes of space.
    public static let axisCount = 1

    /// The parts along the axis.
    public let outputs: AxisNumbers

    /// Creates the layer; with 1 it gives the mean of each channel.
    public init(_ outputs: AxisNumbers = 1) {
        self.outputs = outputs
    }
}

/// The means of equal parts of an image: x [batch, channels, height, width] gives [batch, channels] with the wanted sizes.
public struct AdaptiveAvgPool2d: AdaptiveAveragePoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "adaptiveavgpool2d"
    /// The number of axes of space.
    public static let axisCount = 2

    /// The parts along each axis.
    public let outputs: AxisNumbers

    /// Creates the layer; with 1 it gives the mean of each channel.
    public init(_ outputs: AxisNumbers = 1) {
        self.outputs = outputs
    }
}
