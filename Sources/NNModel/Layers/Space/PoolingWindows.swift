import NNGraph

/// The windows of a pooling.
struct PoolingWindows {
    let size: AxisNumbers
    let stride: AxisNumbers?
    let padding: AxisNumbers
    let dilation: AxisNumbers
    let roundsUp: Bool

    /// The windows along each of so many axes of space of x [batch, channels, space …], as PyTorch counts them.
    func axes(_ count: Int, of x: Tensor, _ layer: String) throws -> [WindowAxis] {
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
