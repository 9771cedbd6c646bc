import NNGraph
import NNModel

// Kinds that take tokens, or sequences of rows.
extension LayerKind {
    static let text: [LayerKind] = [
        LayerKind(
            "embedding",
            [
                .required("count", "1000"), .required("width", "64"), .optional("padding", "none"),
                .optional("initializer", "normal:1.0"),
            ]
        ) { options, _, _ in
            Embedding(
                try options.count("count"), try options.count("width"),
                padding: try options.index("padding", unless: "none"),
                initializer: try options.initializer(
                    "initializer", default: .normal(deviation: 1)))
        },
        LayerKind(
            "positions",
            [.required("count", "256"), .optional("initializer", "normal:1.0")],
            principal: "count"
        ) { options, type, reader in
            LearnedPositions(
                try options.count("count"), try reader.featureCount(of: type, for: options),
                initializer: try options.initializer(
                    "initializer", default: .normal(deviation: 1)))
        },
        LayerKind(
            "attention",
            [
                .required("heads", "4"), .optional("key-value-heads", "heads"),
                .optional("causal", "false"), .optional("bias", "true"),
                .optional("dropout", "0"), .optional("rotary-base", "none"),
                .optional("initializer", "glorot-uniform"),
                .optional("output-initializer", "standard"),
            ], principal: "heads"
        ) { options, type, reader in
            MultiHeadAttention(
                try reader.featureCount(of: type, for: options), heads: try options.count("heads"),
                keyValueHeads: try options.isWord("heads", "key-value-heads")
                    ? nil : options.count("key-value-heads"),
                causal: try options.flag("causal", default: false),
                bias: try options.flag("bias", default: true),
                dropout: try options.number("dropout", default: 0),
                rotaryBase: try options.isWord("none", "rotary-base")
                    ? nil : options.number("rotary-base", default: 10_000),
                initializer: try options.initializer("initializer", default: .glorotUniform),
                outputInitializer: try options.initializer(
                    "output-initializer", default: .standard))
        },
        LayerKind(
            "gpt2-block",
            [
                .required("heads", "4"), .optional("dropout", "0"),
                .optional("initializer", "normal:0.02"),
                .optional("output-initializer", "normal:0.02"),
            ], principal: "heads"
        ) { options, type, reader in
            GPT2Block(
                try reader.featureCount(of: type, for: options), heads: try options.count("heads"),
                dropout: try options.number("dropout", default: 0),
                initializer: try options.initializer(
                    "initializer", default: .normal(deviation: 0.02)),
                outputInitializer: try options.initializer(
                    "output-initializer", default: .normal(deviation: 0.02)))
        },
        LayerKind(
            "swiglu",
            [
                .required("hidden", "256"), .optional("bias", "false"),
                .optional("initializer", "standard"),
            ], principal: "hidden"
        ) { options, type, reader in
            SwiGLU(
                try reader.featureCount(of: type, for: options),
                hidden: try options.count("hidden"),
                bias: try options.flag("bias", default: false),
                initializer: try options.initializer("initializer", default: .standard))
        },
        LayerKind(
            "tied-linear",
            [.required("outputs", "1000"), .required("weight", "transformer.wte.weight")]
        ) { options, type, reader in
            TiedLinear(
                try reader.featureCount(of: type, for: options), try options.count("outputs"),
                sharing: try options.text("weight"))
        },
    ]
}
