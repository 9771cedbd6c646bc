import NNGraph

/// The gated perceptron of Llama (Shazeer, 2020): `down(silu(gate(x)) · up(x))`, x [batch, …, width], with affine maps
/// `gate_proj` and `up_proj` to `hidden` numbers and `down_proj` back.
public struct SwiGLU: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "swiglu"

    /// The numbers that go in and come out.
    public let width: Int
    /// The numbers in between.
    public let hidden: Int
    /// Whether the maps add a bias.
    public let hasBias: Bool
    /// How the weights begin.
    public let initializer: Initializer

    /// Creates the layer, without a bias as in Llama.
    public init(
        _ width: Int, hidden: Int, bias: Bool = false, initializer: Initializer = .standard
    ) {
        self.width = width
        self.hidden = hidden
        self.hasBias = bias
        self.initializer = initializer
    }

    /// The layer's result, of the shape of `x`.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        func map(_ x: Tensor, _ inputs: Int, _ outputs: Int, named name: String) throws -> Tensor {
            try pass.apply(
                Linear(inputs, outputs, bias: hasBias, initializer: initializer), named: name, to: x
            )
        }
        let gate = try map(x, width, hidden, named: "gate_proj")
        let up = try map(x, width, hidden, named: "up_proj")
        return try map(gate * sigmoid(gate) * up, hidden, width, named: "down_proj")
    }

    private enum CodingKeys: String, CodingKey {
        case width, hidden
        case hasBias = "bias"
        case initializer
    }
}
