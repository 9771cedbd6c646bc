/// The matrix product over the last two axes, broadcasting the leading ones.
///
/// A vector on the left counts as a row and on the right as a column, and the axis that this adds
/// is removed again, as in NumPy and PyTorch.
public func matmul(
    _ a: Tensor, _ b: Tensor, transposeA: Bool = false, transposeB: Bool = false
) throws -> Tensor {
    let operation = Operation.matmul(transposeA: transposeA, transposeB: transposeB)
    if a.shape.rank == 1, !transposeA, let length = a.shape.dimensions.first {
        let product = try matmul(a.reshape([1, length]), b, transposeB: transposeB)
        return try product.reshape(product.shape.removing([max(0, product.shape.rank - 2)]))
    }
    if b.shape.rank == 1, !transposeB, let length = b.shape.dimensions.first {
        let product = try matmul(a, b.reshape([length, 1]), transposeA: transposeA)
        return try product.reshape(product.shape.removing([product.shape.rank - 1]))
    }
    guard a.shape.rank >= 2, b.shape.rank >= 2 else { return try Tensor(operation, [a, b]) }
    let batchOfA = Shape(Array(a.shape.dimensions.dropLast(2)))
    let batchOfB = Shape(Array(b.shape.dimensions.dropLast(2)))
    guard let batch = Shape.broadcast(batchOfA, batchOfB) else {
        return try Tensor(operation, [a, b])
    }
    return try Tensor(
        operation,
        [a, b].map {
            try $0.broadcast(to: Shape(batch.dimensions + $0.shape.dimensions.suffix(2)))
        })
}
