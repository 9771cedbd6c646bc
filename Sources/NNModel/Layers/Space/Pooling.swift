import NNGraph

/// The windows of a pooling.
struct PoolingWindows {
    let size: AxisNumbers
    let stride: AxisNumbers?
    let padding: AxisNumbers
    let dilation: AxisNumbers
    let roundsUp: Bool

    /// The windows along each axis of space of x [batch, channels, height, width], as PyTorch counts them.
    func axes(of x: Tensor, _ layer: String) throws -> [WindowAxis] {
        let count = 2
        guard x.shape.rank == count + 2 else {
            throw ModelError.channelCount(layer: layer, expected: nil, axes: count, found: x.shape)
        }
        let sizes = try size.values(count, atLeast: 1, "size", of: layer)
        let strides = try (stride ?? size).values(count, atLeast: 1, "stride", of: layer)
        let paddings = try padding.values(count, atLeast: 0, "padding", of: layer)
        let dilations = try dilation.values(count, atLeast: 1, "dilation", of: layer)
        return try (0..<count).map { axis in
            guard paddings[axis] <= sizes[axis] / 2 else {
                throw ModelError.option(
                    layer: layer, name: "padding", value: padding.description,
                    expected: "at most half of the size \(size)")
            }
            var window = WindowAxis(
                size: sizes[axis], stride: strides[axis], padding: (paddings[axis], paddings[axis]),
                dilation: dilations[axis])
            guard roundsUp else { return window }
            // A last window that is only partly there counts, unless it begins beyond the elements.
            let extent = x.shape[2 + axis], padded = extent + 2 * paddings[axis]
            guard padded >= window.reach else { return window }
            var windows = (padded - window.reach + window.stride - 1) / window.stride + 1
            if (windows - 1) * window.stride >= extent + paddings[axis] { windows -= 1 }
            let needed = (windows - 1) * window.stride + window.reach
            window.padding.upper = max(0, needed - extent - paddings[axis])
            return window
        }
    }
}

/// The largest element of each window: x [batch, channels, height, width] gives [batch, channels, windows down, windows
/// across].
public struct MaxPool2d: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "maxpool2d"

    /// The places of a window along each axis.
    public let size: AxisNumbers
    /// The distance from one window to the next; nil for the size.
    public let stride: AxisNumbers?
    /// How far windows reach beyond the edges.
    public let padding: AxisNumbers
    /// The distance from one place of a window to the next.
    public let dilation: AxisNumbers
    /// Whether a last window that is only partly there counts: PyTorch's `ceil_mode`.
    public let roundsUp: Bool

    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ size: AxisNumbers, stride: AxisNumbers? = nil, padding: AxisNumbers = 0,
        dilation: AxisNumbers = 1, roundsUp: Bool = false
    ) {
        self.size = size
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.roundsUp = roundsUp
    }

    /// The largest elements.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let windows = PoolingWindows(
            size: size, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp)
        return try x.maxPool(windows.axes(of: x, pass.place))
    }
}

/// The mean of each window: x [batch, channels, height, width] gives [batch, channels, windows down, windows across].
public struct AvgPool2d: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "avgpool2d"

    /// The places of a window along each axis.
    public let size: AxisNumbers
    /// The distance from one window to the next; nil for the size.
    public let stride: AxisNumbers?
    /// How far windows reach beyond the edges.
    public let padding: AxisNumbers
    /// Whether a last window that is only partly there counts: PyTorch's `ceil_mode`.
    public let roundsUp: Bool
    /// Whether zeros beyond the edges count as elements: PyTorch's `count_include_pad`.
    public let countsPadding: Bool

    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ size: AxisNumbers, stride: AxisNumbers? = nil, padding: AxisNumbers = 0,
        roundsUp: Bool = false, countsPadding: Bool = true
    ) {
        self.size = size
        self.stride = stride
        self.padding = padding
        self.roundsUp = roundsUp
        self.countsPadding = countsPadding
    }

    /// The means.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let windows = PoolingWindows(
            size: size, stride: stride, padding: padding, dilation: 1, roundsUp: roundsUp)
        let axes = try windows.axes(of: x, pass.place)
        let paddings = try padding.values(2, atLeast: 0, "padding", of: pass.place)
        return try x.averagePool(axes, counting: countsPadding ? paddings : [0, 0])
    }
}

/// The means of as many equal parts of an image as wanted, which overlap where its size is no multiple: x [batch,
/// channels, height, width] gives [batch, channels] with the wanted sizes.
public struct AdaptiveAvgPool2d: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "adaptiveavgpool2d"

    /// The parts along each axis.
    public let outputs: AxisNumbers

    /// Creates the layer; with 1 it gives the mean of each channel.
    public init(_ outputs: AxisNumbers = 1) {
        self.outputs = outputs
    }

    /// The means.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.rank == 4 else {
            throw ModelError.channelCount(
                layer: pass.place, expected: nil, axes: 2, found: x.shape)
        }
        let parts = try outputs.values(2, atLeast: 1, "outputs", of: pass.place)
        if parts == [1, 1] { return try x.mean([2, 3], keepingAxes: true) }
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
