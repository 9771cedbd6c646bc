import NNGraph

/// Attention of a sequence to itself by several heads (Vaswani et al., 2017): x [batch, time, width] gives the same
/// shape.
///
/// Queries, keys and values are affine maps of x, in this order along the outputs of one matrix; each head takes
/// `softmax(q · kᵀ / √d) · v` of its d = width/heads numbers, and another affine map mixes the heads. The parameters have
/// the names and layouts of `torch.nn.MultiheadAttention`: `in_proj_weight`, `in_proj_bias`, `out_proj.weight` and
/// `out_proj.bias`.
public struct MultiHeadAttention: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "attention"

    /// The numbers of a place.
    public let width: Int
    /// The heads of the queries.
    public let heads: Int
    /// The heads of keys and values, of which each serves as many heads of queries (Ainslie et al., 2023).
    public let keyValueHeads: Int
    /// Whether a place sees those before it and itself alone.
    public let isCausal: Bool
    /// Whether the affine maps add a bias.
    public let hasBias: Bool
    /// The probability that training drops a weight of a head.
    public let dropout: Double
    /// The base of the angles of rotary positions, as 10,000 in Llama; nil for none.
    public let rotaryBase: Double?
    /// How the weight of queries, keys and values begins.
    public let initializer: Initializer
    /// How the weight that mixes the heads begins.
    public let outputInitializer: Initializer

    /// Creates the layer; what is not said is as in PyTorch, with as many heads of keys and values as of queries.
    public init(
        _ width: Int, heads: Int, keyValueHeads: Int? = nil, causal: Bool = false,
        bias: Bool = true, dropout: Double = 0, rotaryBase: Double? = nil,
        initializer: Initializer = .glorotUniform, outputInitializer: Initializer = .standard
    ) {
        self.width = width
        self.heads = heads
        self.keyValueHeads = keyValueHeads ?? heads
        self.isCausal = causal
        self.hasBias = bias
        self.dropout = dropout
        self.rotaryBase = rotaryBase
        self.initializer = initializer
        self.outputInitializer = outputInitializer
    }

    /// What each place takes from those that it sees.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        try callAsFunction(x, keyMask: nil, in: pass)
    }

    /// The same without the places that do not count, such as padding; a place that sees none that counts gets the bias
    /// of the last map alone.
    ///
    /// - Parameters:
    ///   - x: The sequence [batch, time, width].
    ///   - keyMask: Which places count, [batch, time]: not those where it is 0. Nil for all.
    ///   - pass: The walk through the model.
    /// - Returns: [batch, time, width].
    /// - Throws: ``ModelError`` for sizes that do not fit.
    public func callAsFunction(
        _ x: Tensor, keyMask: Tensor?, in pass: ForwardPass
    ) throws -> Tensor {
        let time = try pass.time(of: x, width: width)
        try check(in: pass)
        let size = width / heads
        let outputs = (heads + 2 * keyValueHeads) * size
        let all = try map(
            x.reshape([x.shape[0] * time, width]), to: outputs, weight: "in_proj_weight",
            bias: "in_proj_bias", initializer, in: pass)
        /// So many heads from one on: [batch, heads, time, size].
        func part(_ first: Int, _ count: Int) throws -> Tensor {
            try all.slice(first * size..<(first + count) * size, axis: 1)
                .reshape([x.shape[0], time, count, size]).transpose([0, 2, 1, 3])
        }
        let rotary = try rotaryBase.map {
            try RotaryPositions(count: time, width: size, base: $0, in: pass)
        }
        let (queries, keys) = (try part(0, heads), try part(heads, keyValueHeads))
        let mixed = try attention(
            rotary?(queries) ?? queries, rotary?(keys) ?? keys,
            part(heads + keyValueHeads, keyValueHeads), isCausal: isCausal, keyMask: keyMask
        ) { try pass.dropout($0, rate: dropout, maskShape: $0.shape) }
        return try map(
            mixed.transpose([0, 2, 1, 3]).reshape([x.shape[0] * time, width]), to: width,
            weight: "out_proj.weight", bias: "out_proj.bias", outputInitializer, in: pass
        ).reshape(x.shape)
    }

    /// An affine map of rows, whose bias begins with zeros whatever its weight begins with, as in PyTorch.
    private func map(
        _ rows: Tensor, to outputs: Int, weight: String, bias: String, _ initializer: Initializer,
        in pass: ForwardPass
    ) throws -> Tensor {
        let fan = Fan(input: width, output: outputs)
        let y = try matmul(
            rows, pass.parameter(weight, [outputs, width], initializer, fan: fan), transposeB: true)
        return hasBias ? try y + pass.parameter(bias, [outputs], .zeros, fan: fan) : y
    }

    private func check(in pass: ForwardPass) throws(ModelError) {
        guard heads > 0, width.isMultiple(of: heads) else {
            throw .option(
                layer: pass.place, name: "number of heads", value: "\(heads)",
                expected: "a divisor of the width \(width)")
        }
        guard keyValueHeads > 0, heads.isMultiple(of: keyValueHeads) else {
            throw .option(
                layer: pass.place, name: "number of heads of keys and values",
                value: "\(keyValueHeads)", expected: "a divisor of the \(heads) heads")
        }
    }

    private enum CodingKeys: String, CodingKey {
        case width, heads, keyValueHeads
        case isCausal = "causal"
        case hasBias = "bias"
        case dropout, rotaryBase, initializer, outputInitializer
    }
}

extension MultiHeadAttention: CustomStringConvertible {
    /// The kind with its heads, for summaries.
    public var description: String {
        let shared = keyValueHeads == heads ? "" : ", \(keyValueHeads) of keys and values"
        return "MultiHeadAttention(\(heads) heads\(shared)\(isCausal ? ", causal" : ""))"
    }
}
