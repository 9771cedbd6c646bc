import NNGraph

/// Makes one row of each sample: [batch, …] becomes [batch, features].
public struct Flatten: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "flatten"

    /// Creates the layer.
    public init() {}

    /// The elements of each sample in a row.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let batch = x.shape.dimensions.first ?? 1
        return try x.reshape([batch, x.shape.count / max(batch, 1)])
    }
}
