import NNGraph

/// What a convolution is made of, whatever the number of axes of space.
public struct ConvolutionOptions: Codable, Hashable, Sendable {
    /// The channels it takes.
    public var inputs: Int
    /// The channels it gives.
    public var outputs: Int
    /// The places of a window along each axis.
    public var kernel: AxisNumbers
    /// The distance from one window to the next.
    public var stride: AxisNumbers
    /// How far windows reach beyond the edges.
    public var padding: SpacePadding
    /// The distance from one place of a window to the next.
    public var dilation: AxisNumbers
    /// The groups that channels fall into, each convolved by itself.
    public var groups: Int
    /// Whether each output channel has a bias.
    public var hasBias: Bool
    /// What lies beyond the edges.
    public var paddingMode: PaddingMode
    /// How the weight begins.
    public var initializer: Initializer

    /// Says what the numbers of channels and the windows are; what is not said is as in PyTorch.
    public init(
        inputs: Int, outputs: Int, kernel: AxisNumbers, stride: AxisNumbers = 1,
        padding: SpacePadding = 0, dilation: AxisNumbers = 1, groups: Int = 1,
        hasBias: Bool = true, paddingMode: PaddingMode = .zeros,
        initializer: Initializer = .standard
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.kernel = kernel
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.hasBias = hasBias
        self.paddingMode = paddingMode
        self.initializer = initializer
    }

    private enum CodingKeys: String, CodingKey {
        case inputs, outputs, kernel, stride, padding, dilation, groups
        case hasBias = "bias"
        case paddingMode, initializer
    }
}

/// A layer of convolutions: x [batch, inputs, space …] gives [batch, outputs, windows …].
///
/// The weight is [outputs, inputs / groups, kernel …] and the bias [outputs]; they begin as PyTorch's.
public protocol ConvolutionLayer: Layer {
    /// The number of axes of space.
    static var axisCount: Int { get }
    /// What it is made of.
    var options: ConvolutionOptions { get }
    /// Creates the layer.
    init(_ options: ConvolutionOptions)
}

extension ConvolutionLayer {
    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: AxisNumbers, stride: AxisNumbers = 1,
        padding: SpacePadding = 0, dilation: AxisNumbers = 1, groups: Int = 1, bias: Bool = true,
        paddingMode: PaddingMode = .zeros, initializer: Initializer = .standard
    ) {
        self.init(
            ConvolutionOptions(
                inputs: inputs, outputs: outputs, kernel: kernel, stride: stride, padding: padding,
                dilation: dilation, groups: groups, hasBias: bias, paddingMode: paddingMode,
                initializer: initializer))
    }

    /// Reads the options.
    public init(from decoder: any Decoder) throws {
        self.init(try ConvolutionOptions(from: decoder))
    }

    /// Writes the options.
    public func encode(to encoder: any Encoder) throws { try options.encode(to: encoder) }

    /// The convolution of `x`.
    ///
    /// - Throws: ``ModelError`` for x or options that do not fit, and `GraphError`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let count = Self.axisCount, place = pass.place
        guard x.shape.rank == count + 2, x.shape[1] == options.inputs else {
            throw ModelError.channelCount(
                layer: place, expected: options.inputs, axes: count, found: x.shape)
        }
        let (inputs, outputs, groups) = (options.inputs, options.outputs, options.groups)
        try options.checkGroups(of: place)
        var axes = try options.axes(count, of: place)
        var x = x
        if options.paddingMode != .zeros {
            for (axis, window) in axes.enumerated() {
                x = try x.padded(
                    axis: 2 + axis, lower: window.padding.lower, upper: window.padding.upper,
                    mode: options.paddingMode)
            }
            for axis in axes.indices { axes[axis].padding = (0, 0) }
        }
        let sizes = axes.map(\.size), places = sizes.reduce(1, *)
        let fan = Fan(input: inputs / groups * places, output: outputs / groups * places)
        let weight = try pass.parameter(
            "weight", Shape([outputs, inputs / groups] + sizes), options.initializer, fan: fan)
        let y = try convolution(x, weight, axes, groups: groups)
        guard options.hasBias else { return y }
        let bias = try pass.parameter("bias", [outputs], options.initializer.forBias, fan: fan)
        return try y + bias.reshape(Shape([outputs] + sizes.map { _ in 1 }))
    }
}

extension ConvolutionOptions {
    /// Throws ``ModelError/option(layer:name:value:expected:)`` for groups that channels do not fall into.
    func checkGroups(of layer: String) throws(ModelError) {
        guard groups >= 1, inputs.isMultiple(of: groups), outputs.isMultiple(of: groups) else {
            throw .option(
                layer: layer, name: "groups", value: "\(groups)",
                expected: "a number that divides the \(inputs) inputs and the \(outputs) outputs")
        }
    }

    /// The windows along each axis.
    package func axes(_ count: Int, of layer: String) throws -> [WindowAxis] {
        let sizes = try kernel.values(count, atLeast: 1, "kernel", of: layer)
        let strides = try stride.values(count, atLeast: 1, "stride", of: layer)
        let dilations = try dilation.values(count, atLeast: 1, "dilation", of: layer)
        var axes = (0..<count).map {
            WindowAxis(size: sizes[$0], stride: strides[$0], dilation: dilations[$0])
        }
        for (axis, places) in try padding.values(axes, of: layer).enumerated() {
            axes[axis].padding = places
        }
        return axes
    }
}

/// A convolution along one axis: x [batch, inputs, length] gives [batch, outputs, windows].
public struct Conv1d: ConvolutionLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "conv1d"
    /// The number of axes of space.
    public static let axisCount = 1

    /// What it is made of.
    public let options: ConvolutionOptions

    /// Creates the layer.
    public init(_ options: ConvolutionOptions) { self.options = options }
}

/// A convolution of images: x [batch, inputs, height, width] gives [batch, outputs, windows down, windows across].
public struct Conv2d: ConvolutionLayer {
    /// What the layer is called in a saved model.
    public static let typeName = "conv2d"
    /// The number of axes of space.
    public static let axisCount = 2

    /// What it is made of.
    public let options: ConvolutionOptions

    /// Creates the layer.
    public init(_ options: ConvolutionOptions) { self.options = options }
}
