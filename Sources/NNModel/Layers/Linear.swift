import NNGraph

/// An affine map of the last axis: `y = x · Wᵀ + b`, W [outputs, inputs], b [outputs].
public struct Linear: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "linear"

    /// The number of features it takes.
    public let inputs: Int
    /// The number of features it gives.
    public let outputs: Int
    /// Whether a bias is added.
    public let hasBias: Bool
    /// How the weight begins.
    public let initializer: Initializer

    /// Creates an affine map from the numbers of features on either side.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .standard
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.hasBias = bias
        self.initializer = initializer
    }

    /// The layer's result: x [batch, …, inputs] gives [batch, …, outputs].
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.shape.dimensions.last == inputs else {
            throw ModelError.featureCount(layer: pass.place, expected: inputs, found: x.shape)
        }
        let fan = Fan(input: inputs, output: outputs)
        let weight = try pass.parameter("weight", [outputs, inputs], initializer, fan: fan)
        // All leading axes are rows of one product. With a product for each sample, so would the
        // weight's gradient be one for each, [batch, outputs, inputs], and have to be summed.
        let isMatrix = x.shape.rank <= 2
        let rows = isMatrix ? x : try x.reshape([x.shape.count / inputs, inputs])
        var y = try matmul(rows, weight, transposeB: true)
        if hasBias {
            y = try y + pass.parameter("bias", [outputs], initializer.forBias, fan: fan)
        }
        return isMatrix ? y : try y.reshape(Shape(x.shape.dimensions.dropLast() + [outputs]))
    }

    private enum CodingKeys: String, CodingKey {
        case inputs, outputs
        case hasBias = "bias"
        case initializer
    }
}
