import NNGraph

/// A transposed convolution of images, the adjoint of ``Conv2d``: x [batch, inputs, height, width] gives [batch, outputs,
/// …], `(size − 1) · stride − 2 · padding + dilation · (kernel − 1) + outputPadding + 1` along each axis.
///
/// The weight is [inputs, outputs / groups, kernel …] and the bias [outputs]; they begin as PyTorch's.
public struct ConvTranspose2d: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "convtranspose2d"

    /// What its windows are made of.
    public let options: ConvolutionOptions
    /// The places that are added at the end of each axis, where several sizes have the same convolution.
    public let outputPadding: AxisNumbers

    package init(_ options: ConvolutionOptions, outputPadding: AxisNumbers) {
        self.options = options
        self.outputPadding = outputPadding
    }

    /// Creates the layer; what is not said is as in PyTorch.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: AxisNumbers, stride: AxisNumbers = 1,
        padding: AxisNumbers = 0, outputPadding: AxisNumbers = 0, dilation: AxisNumbers = 1,
        groups: Int = 1, bias: Bool = true, initializer: Initializer = .standard
    ) {
        self.init(
            ConvolutionOptions(
                inputs: inputs, outputs: outputs, kernel: kernel, stride: stride,
                padding: .places(padding), dilation: dilation, groups: groups, hasBias: bias,
                initializer: initializer), outputPadding: outputPadding)
    }

    /// The transposed convolution of `x`.
    ///
    /// - Throws: ``ModelError`` for x or options that do not fit, and `GraphError`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let (inputs, outputs, groups) = (options.inputs, options.outputs, options.groups)
        guard x.shape.rank == 4, x.shape[1] == inputs else {
            throw ModelError.channelCount(
                layer: pass.place, expected: inputs, axes: 2, found: x.shape)
        }
        try options.checkGroups(of: pass.place)
        let axes = try options.axes(2, of: pass.place)
        let extents = try extents(of: x, axes, pass.place)
        let sizes = axes.map(\.size), places = sizes.reduce(1, *)
        // As PyTorch counts it, by the second axis of the weight.
        let fan = Fan(input: outputs / groups * places, output: inputs / groups * places)
        let weight = try pass.parameter(
            "weight", Shape([inputs, outputs / groups] + sizes), options.initializer, fan: fan)
        let y = try transposedConvolution(x, weight, axes, extents: extents, groups: groups)
        guard options.hasBias else { return y }
        let bias = try pass.parameter("bias", [outputs], options.initializer.forBias, fan: fan)
        return try y + bias.reshape([outputs, 1, 1])
    }

    /// The height and the width of the result.
    private func extents(
        of x: Tensor, _ axes: [WindowAxis], _ place: String
    ) throws -> [Int] {
        let added = try outputPadding.values(2, atLeast: 0, "output padding", of: place)
        return try axes.enumerated().map { number, axis in
            guard added[number] < max(axis.stride, axis.dilation) else {
                throw ModelError.option(
                    layer: place, name: "output padding", value: outputPadding.description,
                    expected: "less than the stride or the dilation")
            }
            let extent =
                (x.shape[2 + number] - 1) * axis.stride + axis.reach + added[number]
                - axis.padding.lower - axis.padding.upper
            guard extent >= 1 else {
                throw ModelError.option(
                    layer: place, name: "padding", value: "\(axis.padding.lower)",
                    expected: "less, as nothing would be left of \(x.shape)")
            }
            return extent
        }
    }

    private enum CodingKeys: CodingKey { case outputPadding }

    /// Reads the options.
    public init(from decoder: any Decoder) throws {
        self.init(
            try ConvolutionOptions(from: decoder),
            outputPadding: try decoder.container(keyedBy: CodingKeys.self).decode(
                AxisNumbers.self, forKey: .outputPadding))
    }

    /// Writes the options.
    public func encode(to encoder: any Encoder) throws {
        try options.encode(to: encoder)
        var object = encoder.container(keyedBy: CodingKeys.self)
        try object.encode(outputPadding, forKey: .outputPadding)
    }
}
