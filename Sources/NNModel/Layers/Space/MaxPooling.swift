import NNGraph

/// What a pooling by largest elements is made of, whatever the number of axes of space.
public struct MaxPoolOptions: Codable, Hashable, Sendable {
    /// The places of a window along each axis.
    public var size: AxisNumbers
    /// The distance from one window to the next; nil for the size.
    public var stride: AxisNumbers?
    /// How far windows reach beyond the edges.
    public var padding: AxisNumbers
    /// The distance from one place of a window to the next.
    public var dilation: AxisNumbers
    /// Whether a last window that is only partly there counts: PyTorch's `ceil_mode`.
    public var roundsUp: Bool

    /// Says what the windows are; what is not said is as in PyTorch.
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
}

/// A layer of largest elements: x [batch, channels, space …] gives the largest element of each window, [batch, channels,
/// windows …].
public protocol MaxPoolLayer: Layer {
    /// The number of axes of space.
    static var axisCount: Int { get }
    /// What it is made of.
    var options: MaxPoolOptions { get }
    /// Creates the layer.
    init(_ options: MaxPoolOptions)
}

extension MaxPoolLayer {
    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ size: AxisNumbers, stride: AxisNumbers? = nil, padding: AxisNumbers = 0,
        dilation: AxisNumbers = 1, roundsUp: Bool = false
    ) {
        self.init(
            MaxPoolOptions(
                size, stride: stride, padding: padding, dilation: dilation, roundsUp: roundsUp))
    }

    /// Reads the options.
    public init(from decoder: any Decoder) throws {
        self.init(try MaxPoolOptions(from: decoder))
    }

    /// Writes the options.
    public func encode(to encoder: any Encoder) throws { try options.encode(to: encoder) }

    /// The largest elements.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let windows = PoolingWindows(
            size: options.size, stride: options.stride, padding: options.padding,
            dilation: options.dilation, roundsUp: options.roundsUp)
        return try x.maxPool(windows.axes(Self.axisCount, of: x, pass.place))
    }
}

/// The largest element of each window along one axis: x [batch, channels, length] gives [batch, channels, windows].
public struct MaxPool1d: MaxPoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "maxpool1d"
    /// The number of axes of space.
    public static let axisCount = 1

    /// What it is made of.
    public let options: MaxPoolOptions

    /// Creates the layer.
    public init(_ options: MaxPoolOptions) { self.options = options }
}

/// The largest element of each window: x [batch, channels, height, width] gives [batch, channels, windows down, windows
/// across].
public struct MaxPool2d: MaxPoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "maxpool2d"
    /// The number of axes of space.
    public static let axisCount = 2

    /// What it is made of.
    public let options: MaxPoolOptions

    /// Creates the layer.
    public init(_ options: MaxPoolOptions) { self.options = options }
}
