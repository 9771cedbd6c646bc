import NNGraph

/// What a pooling by means is made of, whatever the number of axes of space.
public struct AveragePoolOptions: Codable, Hashable, Sendable {
    /// The places of a window along each axis.
    public var size: AxisNumbers
    /// The distance from one window to the next; nil for the size.
    public var stride: AxisNumbers?
    /// How far windows reach beyond the edges.
    public var padding: AxisNumbers
    /// Whether a last window that is only partly there counts: PyTorch's `ceil_mode`.
    public var roundsUp: Bool
    /// Whether zeros beyond the edges count as elements: PyTorch's `count_include_pad`.
    public var countsPadding: Bool

    /// Says what the windows are; what is not said is as in PyTorch.
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
}

/// A layer of means: x [batch, channels, space …] gives the mean of each window, [batch, channels, windows …].
public protocol AveragePoolLayer: Layer {
    /// The number of axes of space.
    static var axisCount: Int { get }
    /// What it is made of.
    var options: AveragePoolOptions { get }
    /// Creates the layer.
    init(_ options: AveragePoolOptions)
}

extension AveragePoolLayer {
    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ size: AxisNumbers, stride: AxisNumbers? = nil, padding: AxisNumbers = 0,
        roundsUp: Bool = false, countsPadding: Bool = true
    ) {
        self.init(
            AveragePoolOptions(
                size, stride: stride, padding: padding, roundsUp: roundsUp,
                countsPadding: countsPadding))
    }

    /// Reads the options.
    public init(from decoder: any Decoder) throws {
        self.init(try AveragePoolOptions(from: decoder))
    }

    /// Writes the options.
    public func encode(to encoder: any Encoder) throws { try options.encode(to: encoder) }

    /// The means.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let windows = PoolingWindows(
            size: options.size, stride: options.stride, padding: options.padding, dilation: 1,
            roundsUp: options.roundsUp)
        let count = Self.axisCount
        let axes = try windows.axes(count, of: x, pass.place)
        let paddings = try options.padding.values(count, atLeast: 0, "padding", of: pass.place)
        return try x.averagePool(
            axes, counting: options.countsPadding ? paddings : paddings.map { _ in 0 })
    }
}

/// The mean of each window along one axis: x [batch, channels, length] gives [batch, channels, windows].
public struct AvgPool1d: AveragePoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "avgpool1d"
    /// The number of axes of space.
    public static let axisCount = 1

    /// What it is made of.
    public let options: AveragePoolOptions

    /// Creates the layer.
    public init(_ options: AveragePoolOptions) { self.options = options }
}

/// The mean of each window: x [batch, channels, height, width] gives [batch, channels, windows down, windows across].
public struct AvgPool2d: AveragePoolLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "avgpool2d"
    /// The number of axes of space.
    public static let axisCount = 2

    /// What it is made of.
    public let options: AveragePoolOptions

    /// Creates the layer.
    public init(_ options: AveragePoolOptions) { self.options = options }
}
