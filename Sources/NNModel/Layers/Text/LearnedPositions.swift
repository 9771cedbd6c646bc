import NNGraph

/// Adds a trained row to each place of a sequence: x [batch, time, width] plus the first rows of a table
/// [count, width], as GPT-2 does with its `wpe`.
public struct LearnedPositions: Layer {
    /// What the layer is called in a saved model.
    public static let typeName = "positions"

    /// The number of rows: the longest sequence.
    public let count: Int
    /// The length of a row.
    public let width: Int
    /// How the table begins.
    public let initializer: Initializer

    /// Creates a table of so many rows; like that of an ``Embedding``, it begins normal with deviation 1.
    public init(_ count: Int, _ width: Int, initializer: Initializer = .normal(deviation: 1)) {
        self.count = count
        self.width = width
        self.initializer = initializer
    }

    /// The sequence with the rows of its places added.
    public func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let time = try pass.time(of: x, width: width)
        guard time <= count else {
            throw ModelError.placeCount(layer: pass.place, most: count, found: time)
        }
        let table = try pass.parameter(
            "weight", [count, width], initializer, fan: Fan(input: count, output: width))
        return try x + table.slice(0..<time)
    }
}

extension ForwardPass {
    /// The places of x [batch, time, width].
    ///
    /// - Throws: ``ModelError/sequence(layer:width:found:)`` for another shape.
    func time(of x: Tensor, width: Int) throws(ModelError) -> Int {
        guard x.shape.rank == 3, x.shape[2] == width else {
            throw .sequence(layer: place, width: width, found: x.shape)
        }
        return x.shape[1]
    }
}
