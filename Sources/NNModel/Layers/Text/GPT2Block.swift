import NNGraph

/// A block of GPT-2 (Radford et al., 2019): causal attention and a perceptron four times as wide, each behind a layer
/// normalization and added to what it was given.
///
///     y = x + dropout(attn(ln_1(x)))
///     z = y + dropout(mlp(ln_2(y)))        mlp = c_proj(geluTanh(c_fc(·)))
///
/// The parameters are called as in GPT-2, but for those of the attention, which are ``MultiHeadAttention``'s, and all
/// weights are [outputs, inputs].
public struct GPT2Block: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "gpt2-block"

    /// The numbers of a place.
    public let width: Int
    /// The heads of the attention.
    public let heads: Int
    /// The probability that training drops a weight of the attention, or a number that is added.
    public let dropout: Double
    /// How the weights begin.
    public let initializer: Initializer
    /// How those weights begin whose results are added, of attention and perceptron.
    public let outputInitializer: Initializer

    /// Creates the layer; weights begin normal with deviation 0.02, as in GPT-2.
    public init(
        _ width: Int, heads: Int, dropout: Double = 0,
        initializer: Initializer = .normal(deviation: 0.02),
        outputInitializer: Initializer = .normal(deviation: 0.02)
    ) {
        self.width = width
        self.heads = heads
        self.dropout = dropout
        self.initializer = initializer
        self.outputInitializer = outputInitializer
    }

    /// The layer's result for x [batch, time, width], of the same shape.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let attention = MultiHeadAttention(
            width, heads: heads, causal: true, dropout: dropout, initializer: initializer,
            outputInitializer: outputInitializer)
        let perceptron = Sequential([
            "c_fc": Linear(width, 4 * width, initializer: initializer),
            "act": GELU(approximation: .tanh),
            "c_proj": Linear(4 * width, width, initializer: outputInitializer),
        ])
        /// x and what a layer makes of it behind a normalization.
        func adding(
            _ layer: any Layer, named name: String, normalizedBy norm: String, to x: Tensor
        ) throws -> Tensor {
            let normalized = try pass.apply(LayerNorm(width), named: norm, to: x)
            let y = try pass.apply(layer, named: name, to: normalized)
            return try x + pass.dropout(y, rate: dropout, maskShape: y.shape)
        }
        let y = try adding(attention, named: "attn", normalizedBy: "ln_1", to: x)
        return try adding(perceptron, named: "mlp", normalizedBy: "ln_2", to: y)
    }
}

extension GPT2Block: CustomStringConvertible {
    /// The kind with its heads, for summaries.
    public var description: String { "GPT2Block(\(heads) heads)" }
}
