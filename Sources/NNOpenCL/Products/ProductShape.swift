import NNGraph

/// A class of matrix products that take the same time with the same kernel: sizes, layout and how
/// much an epilogue reads and writes.
public struct ProductShape: Codable, Hashable, Sendable {
    /// How the elements of one side lie.
    struct Operand: Codable, Hashable {
        /// Which lines of a matrix lie in one run each.
        enum Runs: String, Codable {
            case rows, columns
        }

        let runs: Runs
        /// The distance from one run to the next, in floats.
        let stride: Int
        /// Whether all products of a batch have the same matrix.
        let isShared: Bool
    }

    /// Rows of the result.
    public let m: Int
    /// Columns of the result.
    public let n: Int
    /// The length of the sums.
    public let k: Int
    /// The number of products.
    public let batchCount: Int
    let a: Operand
    let b: Operand
    /// The tensors of the result's shape that the epilogue reads, and that it writes.
    let reads: Int
    let writes: Int
}

extension ProductShape {
    /// Describes a product, or returns nil if the lines of an operand are no runs, or overlap.
    init?(_ product: MatrixProduct, reads: Int, writes: Int) {
        guard product.isPlain else { return nil }
        let isBatch = product.batchCount > 1
        guard let a = Operand(product.a, isBatch: isBatch),
            let b = Operand(product.b, isBatch: isBatch)
        else { return nil }
        self.init(
            m: product.m, n: product.n, k: product.k, batchCount: product.batchCount, a: a, b: b,
            reads: reads, writes: writes)
    }

    /// Whether matrices can have these sizes: those in a file may be anything.
    var isPossible: Bool {
        let sizes = [m, n, k, batchCount]
        let counts = [a.stride, b.stride, reads, writes]
        // Four of the largest would have more operations than `Int` can count.
        return sizes.allSatisfy { (1...1 << 31).contains($0) }
            && counts.allSatisfy { (0...1 << 31).contains($0) }
            && sizes.reduce(2.0) { $0 * Double($1) } < 0x1p62
            && [(a, m, k), (b, k, n)].allSatisfy { side, rows, columns in
                let (lines, length) = side.runs == .rows ? (rows, columns) : (columns, rows)
                return side.stride >= length
                    && Int.boundedProduct(batchCount, lines, side.stride) <= Shape.maximumCount
            }
    }

    /// Which operands are stored transposed, as BLAS writes it, such as `NT`.
    public var layout: String { (a.runs == .rows ? "N" : "T") + (b.runs == .rows ? "N" : "T") }

    /// The tensors of the result's shape that come and go with the product, such as `2 in, 1 out`.
    public var epilogue: String { "\(reads) in, \(writes) out" }

    /// Floating-point operations: a multiplication and an addition per term.
    public var flops: Int { 2 * batchCount * m * n * k }

    /// How far another shape is from this one: 0 is the same; nil is too far to learn from.
    ///
    /// The last batch of an epoch is shorter, in the rows of some products and in the sums of
    /// others, so what was measured within a factor of two of either holds for it, too.
    func distance(to other: ProductShape) -> Double? {
        guard (n, batchCount) == (other.n, other.batchCount),
            (a.runs, b.runs) == (other.a.runs, other.b.runs),
            (a.isShared, b.isShared) == (other.a.isShared, other.b.isShared),
            a.isAliasing == other.a.isAliasing, b.isAliasing == other.b.isAliasing
        else { return nil }
        let ratios = [(m, other.m), (k, other.k)].map {
            let ratio = Double($0) / Double($1)
            return max(ratio, 1 / ratio)
        }
        guard ratios.allSatisfy({ $0 <= 2 }) else { return nil }
        let epilogues = abs(reads - other.reads) + abs(writes - other.writes)
        return ratios.reduce(0, +) - 2 + 0.01 * Double(epilogues)
    }
}

extension ProductShape.Operand {
    init?(_ operand: MatrixOperand, isBatch: Bool) {
        if operand.hasContiguousRows, operand.rowStride >= operand.columns {
            (runs, stride) = (.rows, operand.rowStride)
        } else if operand.hasContiguousColumns, operand.columnStride >= operand.rows {
            (runs, stride) = (.columns, operand.columnStride)
        } else {
            return nil
        }
        isShared = isBatch && operand.batchStride == 0
    }

    /// Whether neighboring runs compete for the same places in a cache: whole multiples of 2 KiB apart.
    var isAliasing: Bool { stride.isMultiple(of: 512) }
}
