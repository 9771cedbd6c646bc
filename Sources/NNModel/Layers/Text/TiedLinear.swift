import NNGraph

/// A product with the weight of a layer before this one: `y = x · Wᵀ`, W [outputs, inputs], as the head of GPT-2 that
/// shares its table of tokens (Press and Wolf, 2017).
///
/// Files name the weight twice, as PyTorch's `state_dict` does: as the other layer's, and as `weight` of this one.
public struct TiedLinear: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "tied-linear"

    /// The number of features it takes.
    public let inputs: Int
    /// The number of features it gives.
    public let outputs: Int
    /// The whole name of the weight, such as `transformer.wte.weight`.
    public let source: String

    /// Creates a product with the weight of that whole name.
    public init(_ inputs: Int, _ outputs: Int, sharing source: String) {
        self.inputs = inputs
        self.outputs = outputs
        self.source = source
    }

    /// The layer's result: x [batch, …, inputs] gives [batch, …, outputs].
    ///
    /// - Throws: ``ModelError/unknownTie(layer:name:known:)`` where no layer before has such a weight.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.dimensions.last == inputs else {
            throw ModelError.featureCount(layer: pass.place, expected: inputs, found: x.shape)
        }
        let weight = try pass.tied("weight", to: source, [outputs, inputs])
        let rows = try x.reshape([x.shape.count / inputs, inputs])
        return try matmul(rows, weight, transposeB: true)
            .reshape(Shape(x.shape.dimensions.dropLast() + [outputs]))
    }
}
