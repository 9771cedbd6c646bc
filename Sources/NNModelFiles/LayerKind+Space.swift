import NNGraph
import NNModel

// Kinds whose windows have as many axes of space as the layer that is made.
extension LayerKind {
    /// A convolution.
    static func convolution(
        _ name: String, example: String,
        layer: @escaping @Sendable (ConvolutionOptions) -> any Layer
    ) -> LayerKind {
        LayerKind(
            name,
            [
                .required("channels", "32"), .required("kernel", example), .optional("stride", "1"),
                .optional("padding", "0"), .optional("dilation", "1"), .optional("groups", "1"),
                .optional("bias", "true"), .optional("padding-mode", "zeros"),
                .optional("initializer", "standard"),
            ]
        ) { options, type, reader in
            layer(
                ConvolutionOptions(
                    inputs: try reader.channelCount(of: type, for: options),
                    outputs: try options.count("channels"), kernel: try options.axes("kernel"),
                    stride: try options.axes("stride", default: 1),
                    padding: try options.padding("padding"),
                    dilation: try options.axes("dilation", default: 1),
                    groups: try options.count("groups", default: 1),
                    hasBias: try options.flag("bias", default: true),
                    paddingMode: try options.paddingMode("padding-mode"),
                    initializer: try options.initializer("initializer", default: .standard)))
        }
    }

    /// The largest element of each window.
    static func maxima(
        _ name: String, layer: @escaping @Sendable (MaxPoolOptions) -> any Layer
    ) -> LayerKind {
        LayerKind(
            name,
            [
                .required("size", "2"), .optional("stride", "size"), .optional("padding", "0"),
                .optional("dilation", "1"), .optional("rounds-up", "false"),
            ], principal: "size"
        ) { options, _, _ in
            layer(
                MaxPoolOptions(
                    try options.axes("size"), stride: try options.axes("stride", unless: "size"),
                    padding: try options.axes("padding", default: 0),
                    dilation: try options.axes("dilation", default: 1),
                    roundsUp: try options.flag("rounds-up", default: false)))
        }
    }

    /// The mean of each window.
    static func means(
        _ name: String, layer: @escaping @Sendable (AveragePoolOptions) -> any Layer
    ) -> LayerKind {
        LayerKind(
            name,
            [
                .required("size", "2"), .optional("stride", "size"), .optional("padding", "0"),
                .optional("rounds-up", "false"), .optional("counts-padding", "true"),
            ], principal: "size"
        ) { options, _, _ in
            layer(
                AveragePoolOptions(
                    try options.axes("size"), stride: try options.axes("stride", unless: "size"),
                    padding: try options.axes("padding", default: 0),
                    roundsUp: try options.flag("rounds-up", default: false),
                    countsPadding: try options.flag("counts-padding", default: true)))
        }
    }

    /// The mean of each of so many parts.
    static func parts(
        _ name: String, layer: @escaping @Sendable (AxisNumbers) -> any Layer
    ) -> LayerKind {
        LayerKind(name, [.optional("outputs", "1")], principal: "outputs") { options, _, _ in
            layer(try options.axes("outputs", default: 1))
        }
    }
}
