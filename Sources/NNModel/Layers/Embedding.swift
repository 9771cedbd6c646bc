import NNGraph

/// Looks up a row of a table for each index: x int32 [batch, …] gives [batch, …, width], the table is [count, width].
///
/// The table begins as in PyTorch: normal with deviation 1, and the row of the padding with zeros.
public struct Embedding: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "embedding"

    /// The number of rows: indices are 0 up to but not including it.
    public let count: Int
    /// The length of a row.
    public let width: Int
    /// The index of what fills up samples that are too short, whose row no step changes; nil for none.
    public let padding: Int?
    /// How the table begins.
    public let initializer: Initializer

    /// Creates a table of so many rows of the given length.
    public init(
        _ count: Int, _ width: Int, padding: Int? = nil,
        initializer: Initializer = .normal(deviation: 1)
    ) {
        self.count = count
        self.width = width
        self.padding = padding
        self.initializer = initializer
    }

    /// The rows at the indices `x`; an index that there is no row for gives NaN.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        guard x.type.elementType == .int32 else {
            throw ModelError.elementType(
                layer: pass.place, expected: .int32, found: x.type.elementType)
        }
        let first = try padding.map { padding in
            guard (0..<count).contains(padding) else {
                throw ModelError.option(
                    layer: pass.place, name: "padding", value: "\(padding)",
                    expected: "an index from 0 up to but not including \(count)")
            }
            return Initializer.zeroRow(padding, initializer)
        }
        let table = try pass.parameter(
            "weight", [count, width], first ?? initializer,
            fan: Fan(input: count, output: width))
        let rows = try table.gather(x)
        guard let padding else { return rows }
        let isPadding = try compare(
            x, .equal, .constant(Double(padding), .scalar, .int32)
        ).unsqueeze(-1)
        return try select(isPadding, stopGradient(rows), rows)
    }
}
