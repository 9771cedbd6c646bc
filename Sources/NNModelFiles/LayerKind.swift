import NNGraph
import NNModel
import YAMLFiles

/// A kind of layer that a model file may name.
package struct LayerKind: Sendable {
    /// Something that the layer may be given.
    package struct Option: Sendable {
        package let name: String
        /// An example of a value, or the one that it has unless it is given.
        package let example: String
        package let isRequired: Bool

        static func required(_ name: String, _ example: String) -> Option {
            Option(name: name, example: example, isRequired: true)
        }

        static func optional(_ name: String, _ fallback: String) -> Option {
            Option(name: name, example: fallback, isRequired: false)
        }
    }

    /// What it does in a model.
    enum Role { case layer, merge, shared }

    /// What files call it.
    package let name: String
    let role: Role
    /// What it may be given.
    package let options: [Option]
    /// The option whose value may stand alone, as in `linear: 10`.
    package let principal: String?
    /// Makes the part of a model for what it takes, which is of the type of a batch of one sample.
    let make:
        @Sendable (LayerArguments, TensorType, inout ModelFileReader) throws ->
            ModelGraph.Part.Function

    /// The options as they could be written, such as `outputs: 10, bias: true`.
    package var form: String {
        options.map { "\($0.name): \($0.example)" }.joined(separator: ", ")
    }

    private init(
        _ name: String, _ role: Role, _ options: [Option] = [], principal: String? = nil,
        make:
            @escaping @Sendable (LayerArguments, TensorType, inout ModelFileReader) throws ->
            ModelGraph.Part.Function
    ) {
        self.name = name
        self.role = role
        self.options = options
        self.principal = principal
        self.make = make
    }

    init(
        _ name: String, _ options: [Option] = [], principal: String? = nil,
        layer:
            @escaping @Sendable (LayerArguments, TensorType, inout ModelFileReader) throws ->
            any Layer
    ) {
        self.init(name, .layer, options, principal: principal) { .layer(try layer($0, $1, &$2)) }
    }

    private init(_ name: String, _ layer: any Layer) {
        self.init(name, .layer) { _, _, _ in .layer(layer) }
    }

    /// Layers one after the other, also what a bare list of layers stands for.
    static let sequence = LayerKind(
        "sequential", [.required("layers", "[linear: 10, relu]")], principal: "layers"
    ) { options, type, reader in
        try reader.sequence(options.required("layers"), taking: type)
    }

    /// All kinds, in the order in which they are listed.
    package static let all: [LayerKind] = general + text

    private static let general: [LayerKind] = [
        LayerKind(
            "linear",
            [
                .required("outputs", "10"), .optional("bias", "true"),
                .optional("initializer", "standard"),
            ], principal: "outputs"
        ) { options, type, reader in
            Linear(
                try reader.featureCount(of: type, for: options), try options.count("outputs"),
                bias: try options.flag("bias", default: true),
                initializer: try options.initializer("initializer", default: .standard))
        },
        convolution("conv1d", example: "3") { Conv1d($0) },
        convolution("conv2d", example: "3") { Conv2d($0) },
        maxima("maxpool1d") { MaxPool1d($0) }, maxima("maxpool2d") { MaxPool2d($0) },
        means("avgpool1d") { AvgPool1d($0) }, means("avgpool2d") { AvgPool2d($0) },
        parts("adaptiveavgpool1d") { AdaptiveAvgPool1d($0) },
        parts("adaptiveavgpool2d") { AdaptiveAvgPool2d($0) },
        LayerKind(
            "convtranspose2d",
            [
                .required("channels", "32"), .required("kernel", "2"), .optional("stride", "1"),
                .optional("padding", "0"), .optional("output-padding", "0"),
                .optional("dilation", "1"), .optional("groups", "1"), .optional("bias", "true"),
                .optional("initializer", "standard"),
            ]
        ) { options, type, reader in
            ConvTranspose2d(
                try reader.channelCount(of: type, for: options), try options.count("channels"),
                kernel: try options.axes("kernel"),
                stride: try options.axes("stride", default: 1),
                padding: try options.axes("padding", default: 0),
                outputPadding: try options.axes("output-padding", default: 0),
                dilation: try options.axes("dilation", default: 1),
                groups: try options.count("groups", default: 1),
                bias: try options.flag("bias", default: true),
                initializer: try options.initializer("initializer", default: .standard))
        },
        LayerKind("upsample", [.required("scale", "2")], principal: "scale") { options, _, _ in
            Upsample(try options.axes("scale"))
        },
        LayerKind(
            "groupnorm",
            [
                .required("groups", "8"), .optional("epsilon", "1e-5"),
                .optional("affine", "true"),
            ], principal: "groups"
        ) { options, type, reader in
            GroupNorm(
                try options.count("groups"), try reader.channelCount(of: type, for: options),
                epsilon: try options.number("epsilon", default: 1e-5),
                affine: try options.flag("affine", default: true))
        },
        LayerKind("instancenorm", [.optional("epsilon", "1e-5"), .optional("affine", "false")]) {
            options, type, reader in
            InstanceNorm(
                try reader.channelCount(of: type, for: options),
                epsilon: try options.number("epsilon", default: 1e-5),
                affine: try options.flag("affine", default: false))
        },
        LayerKind("rmsnorm", [.optional("epsilon", "1.1920929e-7")]) { options, type, reader in
            RMSNorm(
                try reader.featureCount(of: type, for: options),
                epsilon: try options.number("epsilon", default: 0x1p-23))
        },
        LayerKind(
            "batchnorm",
            [
                .optional("epsilon", "1e-5"), .optional("momentum", "0.1"),
                .optional("affine", "true"),
            ]
        ) { options, type, reader in
            BatchNorm(
                try reader.channelCount(of: type, for: options),
                epsilon: try options.number("epsilon", default: 1e-5),
                momentum: try options.number("momentum", unless: "none", default: 0.1),
                affine: try options.flag("affine", default: true))
        },
        LayerKind("layernorm", [.optional("epsilon", "1e-5")]) { options, type, reader in
            LayerNorm(
                try reader.featureCount(of: type, for: options),
                epsilon: try options.number("epsilon", default: 1e-5))
        },
        LayerKind("dropout", [.optional("rate", "0.5")], principal: "rate") { options, _, _ in
            Dropout(rate: try options.number("rate", default: 0.5))
        },
        LayerKind("dropout2d", [.optional("rate", "0.5")], principal: "rate") { options, _, _ in
            Dropout2d(rate: try options.number("rate", default: 0.5))
        },
        LayerKind("flatten", Flatten()),
        LayerKind("relu", ReLU()),
        LayerKind("leaky-relu", [.optional("slope", "\(LeakyReLU.usualSlope)")], principal: "slope")
        {
            options, _, _ in
            LeakyReLU(slope: try options.number("slope", default: LeakyReLU.usualSlope))
        },
        LayerKind("gelu", [.optional("approximate", "none")], principal: "approximate") {
            options, _, _ in
            GELU(approximation: try options.choice("approximate", default: .none))
        },
        LayerKind("silu", SiLU()),
        LayerKind("mish", Mish()),
        LayerKind("hardswish", Hardswish()),
        LayerKind("elu", [.optional("alpha", "1.0")], principal: "alpha") { options, _, _ in
            ELU(alpha: try options.number("alpha", default: 1))
        },
        LayerKind("relu6", ReLU6()),
        LayerKind(
            "prelu", [.optional("count", "1"), .optional("slope", "0.25")], principal: "count"
        ) { options, _, _ in
            PReLU(
                try options.count("count", default: 1),
                slope: try options.number("slope", default: 0.25))
        },
        LayerKind("sigmoid", Sigmoid()),
        LayerKind("tanh", Tanh()),
        LayerKind("softplus", Softplus()),
        LayerKind("softmax", Softmax()),
        sequence,
        LayerKind(
            "residual",
            [
                .required("layers", "[linear: 10, relu]"), .optional("downsample", "[linear: 10]"),
            ], principal: "layers"
        ) { options, type, reader in
            Residual(
                try reader.sequence(options.required("layers"), taking: type),
                shortcut: try options.node("downsample").map {
                    try reader.sequence($0, taking: type)
                })
        },
        LayerKind(
            "parallel",
            [
                .required("branches", "[[linear: 10], [linear: 10, relu]]"),
                .required("merge", "sum"),
            ]
        ) { options, type, reader in
            Parallel(
                try reader.branches(options.required("branches"), taking: type),
                merge: try options.merge("merge"))
        },
        LayerKind("sum", .merge) { _, _, _ in .merge(.sum) },
        LayerKind("product", .merge) { _, _, _ in .merge(.product) },
        LayerKind("concatenate", .merge, [.optional("axis", "1")], principal: "axis") {
            options, _, _ in
            .merge(.concatenation(axis: try options.integer("axis", default: 1)))
        },
        LayerKind("like", .shared, [.required("part", "trunk")], principal: "part") {
            options, _, _ in
            .shared(try options.text("part"))
        },
    ]
}
