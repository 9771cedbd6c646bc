import NNGraph

/// Looks up a row of a table for each index: x int32 [batch, …] gives [batch, …, width], the table is [count, width].
///
/// The table begins as in PyTorch: normal with deviation 1.
public struct Embedding: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "embedding"

    /// The number of rows: indices are 0 up to but not including it.
    public let count: Int
    /// The length of a row.
    public let width: Int
    /// How the table begins.
    public let initializer: Initializer

    /// Creates a table of so many rows of the given length.
    public init(_ count: Int, _ width: Int, initializer: Initializer = .normal(deviation: 1)) {
        self.count = count
        self.width = width
        self.initializer = initializer
    }

    /// The rows at the indices `x`; an index that there is no row for gives NaN.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.type.elementType == .int32 else {
            throw ModelError.elementType(
                layer: pass.place, expected: .int32, found: x.type.elementType)
        }
        let table = try pass.parameter(
            "weight", [count, width], initializer, fan: Fan(input: count, output: width))
        return try table.gather(x)
    }
}
