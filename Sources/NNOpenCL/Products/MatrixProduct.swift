import NNGraph

/// A batched product C[m, n] = A[m, k] · B[k, n] of operands that lie on the device.
struct MatrixProduct {
    let a: MatrixOperand
    let b: MatrixOperand
    /// The members of the batch.
    var batchCount: Int { max(a.batchAxes.count, b.batchAxes.count) }

    /// Rows of the result.
    var m: Int { a.rows }
    /// Columns of the result.
    var n: Int { b.columns }
    /// The length of the sums.
    var k: Int { a.columns }

    /// Floating-point operations: a multiplication and an addition per term.
    var flops: Int { 2 * batchCount * m * n * k }

    /// Whether a CPU core computes it in the time that waking another one takes, some microseconds.
    var isShort: Bool { flops <= 1 << 20 }

    /// The bytes of both operands, each read once.
    var operandBytes: Int { a.view.touchedByteCount + b.view.touchedByteCount }

    /// Whether one stride steps through each side of both operands.
    var isPlain: Bool { a.isPlain && b.isPlain }

    /// The product of the transposed operands in the other order: the transposed result.
    var transposed: MatrixProduct { MatrixProduct(a: b.transposed, b: a.transposed) }

    /// Whether A's columns are runs and B consists of windows: then the transposed product reads both where they lie, while
    /// B would have to be put together anew for every panel.
    var isBetterTransposed: Bool { a.rowAxes.isOneRun && !b.isPlain && batchCount == 1 }

    /// What it computes, for listings and errors.
    var label: String { "matmul \(batchCount > 1 ? "\(batchCount)×" : "")\(m)×\(n)×\(k)" }
}
