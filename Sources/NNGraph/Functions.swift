// MARK: - Arithmetic

extension Tensor {
    /// `a + b`, broadcasting.
    public static func + (a: Tensor, b: Tensor) throws -> Tensor { try binary(.add, a, b) }
    /// `a − b`, broadcasting.
    public static func - (a: Tensor, b: Tensor) throws -> Tensor { try binary(.subtract, a, b) }
    /// `a · b` element by element, broadcasting.
    public static func * (a: Tensor, b: Tensor) throws -> Tensor { try binary(.multiply, a, b) }
    /// `a / b` element by element, broadcasting.
    public static func / (a: Tensor, b: Tensor) throws -> Tensor { try binary(.divide, a, b) }
    /// `a + b`.
    public static func + (a: Tensor, b: Double) throws -> Tensor { try a + .constant(b) }
    /// `a + b`.
    public static func + (a: Double, b: Tensor) throws -> Tensor { try .constant(a) + b }
    /// `a − b`.
    public static func - (a: Tensor, b: Double) throws -> Tensor { try a - .constant(b) }
    /// `a − b`.
    public static func - (a: Double, b: Tensor) throws -> Tensor { try .constant(a) - b }
    /// `a · b`.
    public static func * (a: Tensor, b: Double) throws -> Tensor { try a * .constant(b) }
    /// `a · b`.
    public static func * (a: Double, b: Tensor) throws -> Tensor { try .constant(a) * b }
    /// `a / b`.
    public static func / (a: Tensor, b: Double) throws -> Tensor { try a / .constant(b) }
    /// `a / b`.
    public static func / (a: Double, b: Tensor) throws -> Tensor { try .constant(a) / b }
    /// `−x`.
    public static prefix func - (x: Tensor) throws -> Tensor { try Tensor(.unary(.negate), [x]) }
}

private func binary(_ function: Operation.Binary, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try Tensor(.binary(function), broadcastTogether(function.rawValue, [a, b]))
}

/// The operands stretched to their common shape.
private func broadcastTogether(_ name: String, _ operands: [Tensor]) throws -> [Tensor] {
    var common = Shape.scalar
    for operand in operands {
        guard let next = Shape.broadcast(common, operand.shape) else {
            throw GraphError.shape(
                operation: name, operands: operands.map(\.type),
                problem: "the shapes do not broadcast to a common one")
        }
        common = next
    }
    return try operands.map { try $0.broadcast(to: common) }
}

/// `aᵇ` element by element, broadcasting.
public func power(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.power, a, b) }
/// The larger of two numbers, broadcasting; NaN if either is NaN.
public func maximum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.maximum, a, b) }
/// The smaller of two numbers, broadcasting; NaN if either is NaN.
public func minimum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.minimum, a, b) }
/// 1 where the relation holds between the elements of `a` and `b`, else 0; broadcasting.
public func compare(
    _ a: Tensor, _ relation: Operation.Comparison, _ b: Tensor
) throws -> Tensor {
    try Tensor(.compare(relation), broadcastTogether(relation.rawValue, [a, b]))
}
/// `a` where the condition is not 0, else `b`; broadcasting.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try Tensor(.select, broadcastTogether("select", [condition, a, b]))
}

// MARK: - Functions of one number

/// `|x|`; the derivative at 0 is 0.
public func abs(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.absolute), [x]) }
/// −1, 0 or 1.
public func sign(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.sign), [x]) }
/// `eˣ`.
public func exp(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.exp), [x]) }
/// The natural logarithm.
public func log(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.log), [x]) }
/// `√x`.
public func sqrt(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.squareRoot), [x]) }
/// The hyperbolic tangent.
public func tanh(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.tanh), [x]) }
/// The Gauss error function.
public func erf(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.erf), [x]) }
/// `1 / (1 + e⁻ˣ)`.
public func sigmoid(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.sigmoid), [x]) }
/// `max(x, 0)`; the derivative at 0 is 0.
public func relu(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.relu), [x]) }
/// `log(1 + eˣ)`.
public func softplus(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.softplus), [x]) }
/// `x` where it is positive, else `slope · x`; the derivative at 0 is `slope`.
public func leakyReLU(_ x: Tensor, slope: Double = 0.1) throws -> Tensor {
    try select(compare(x, .greater, .constant(0)), x, x * slope)
}
/// `x · Φ(x)` with the exact normal distribution: `x/2 · (1 + erf(x/√2))`.
public func gelu(_ x: Tensor) throws -> Tensor {
    try x * 0.5 * (erf(x * 0.5.squareRoot()) + 1)
}

// MARK: - Products

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

// MARK: - Movement, reductions and indexing

extension Tensor {
    /// The tensor repeated to a larger shape.
    public func broadcast(to shape: Shape) throws -> Tensor {
        shape == self.shape ? self : try Tensor(.broadcast(shape), [self])
    }

    /// The same elements in row-major order under another shape.
    public func reshape(_ shape: Shape) throws -> Tensor {
        shape == self.shape ? self : try Tensor(.reshape(shape), [self])
    }

    /// The tensor with axis `i` of the result taken from axis `permutation[i]`.
    public func transpose(_ permutation: [Int]) throws -> Tensor {
        try Tensor(.transpose(permutation), [self])
    }

    /// The tensor with its last two axes swapped.
    public func transpose() throws -> Tensor {
        let rank = shape.rank
        guard rank >= 2 else { return self }
        return try transpose(Array(0..<rank - 2) + [rank - 1, rank - 2])
    }

    /// The elements whose position along `axis` lies in the range.
    public func slice(_ range: Range<Int>, axis: Int = 0) throws -> Tensor {
        var lower = [Int](repeating: 0, count: shape.rank)
        var upper = shape.dimensions
        guard shape.dimensions.indices.contains(axis) else {
            throw GraphError.shape(
                operation: "slice", operands: [type], problem: "axis \(axis) is outside of \(shape)"
            )
        }
        (lower[axis], upper[axis]) = (range.lowerBound, range.upperBound)
        return try Tensor(.slice(lower: lower, upper: upper), [self])
    }

    /// The sum along the given axes, or of everything.
    public func sum(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try reduce(.sum, axes, keepingAxes)
    }

    /// The largest element along the given axes, or of everything.
    ///
    /// Where several are the largest, the gradient is shared evenly among them.
    public func max(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        try reduce(.max, axes, keepingAxes)
    }

    /// The mean along the given axes, or of everything.
    public func mean(_ axes: [Int]? = nil, keepingAxes: Bool = false) throws -> Tensor {
        let total = try sum(axes, keepingAxes: keepingAxes)
        return try total * (Double(total.shape.count) / Double(shape.count))
    }

    /// The position of the first largest element along an axis, by default the last; int32.
    public func argmax(axis: Int? = nil) throws -> Tensor {
        try Tensor(.argmax(axis: axis ?? shape.rank - 1), [self])
    }

    /// The rows of this float or unorm8 table at the indices, as floats; a row of NaN for an index
    /// outside of it.
    public func gather(_ indices: Tensor) throws -> Tensor { try Tensor(.gather, [self, indices]) }

    private func reduce(
        _ reduction: Operation.Reduction, _ axes: [Int]?, _ keepingAxes: Bool
    ) throws -> Tensor {
        let axes = axes ?? Array(0..<shape.rank)
        if axes.isEmpty { return self }
        let result = try Tensor(.reduce(reduction, axes: axes), [self])
        return keepingAxes ? try result.reshape(shape.keeping(axes)) : result
    }
}

/// The tensors one after the other along an axis.
public func concatenate(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
    try Tensor(.concatenate(axis: axis), tensors)
}

/// A table of `count` rows, each the sum of the rows that the indices send to it.
public func scatterAdd(_ rows: Tensor, at indices: Tensor, count: Int) throws -> Tensor {
    try Tensor(.scatterAdd(count: count), [indices, rows])
}

// MARK: - Softmax family

/// `exp(x) / Σ exp(x)` along the last axis, finite for every finite input.
public func softmax(_ x: Tensor) throws -> Tensor { try Tensor(.softmax, [x]) }
/// The logarithm of ``softmax(_:)`` along the last axis.
public func logSoftmax(_ x: Tensor) throws -> Tensor { try Tensor(.logSoftmax, [x]) }
/// `log Σ exp(x)` along the last axis, which disappears.
public func logSumExp(_ x: Tensor) throws -> Tensor { try Tensor(.logSumExp, [x]) }
/// The loss of each row: logits `[…, n]` against int32 labels `[…]`.
public func softmaxCrossEntropy(_ logits: Tensor, _ labels: Tensor) throws -> Tensor {
    try Tensor(.softmaxCrossEntropy, [logits, labels])
}
