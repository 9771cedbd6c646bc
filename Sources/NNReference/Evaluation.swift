import NNGraph

/// The elements of a computed tensor in row-major order.
enum Contents<Scalar: ReferenceScalar> {
    case floats([Scalar])
    case int32s([Int32])

    var floats: [Scalar] {
        switch self {
        case .floats(let values): values
        case .int32s(let values): values.map { Scalar(Double($0)) }
        }
    }

    var int32s: [Int32] {
        switch self {
        case .int32s(let values): values
        case .floats: []
        }
    }
}

/// Computes one operation from its operands: the definition of what the operation means.
///
/// Leaves are not computed but read from their buffers.
@specialized(where Scalar == Double)
@specialized(where Scalar == Float)
@specialized(where Scalar == Bounded)
@specialized(where Scalar == LikelyBounded)
func evaluate<Scalar: ReferenceScalar>(
    _ node: Tensor, _ operands: [Contents<Scalar>]
) -> Contents<Scalar> {
    let shapes = node.operands.map(\.shape)
    switch node.operation {
    case .input, .parameter:
        return .floats([])
    case .constant(let values, let type):
        let all =
            values.count == type.shape.count
            ? values : Array(repeating: values[0], count: type.shape.count)
        return type.elementType == .float
            ? .floats(all.map { Scalar($0) }) : .int32s(all.map { Int32($0) })
    case .uniform(let shape, let seed, let stream):
        let philox = Philox(seed: seed)
        let step = UInt32(bitPattern: operands[0].int32s[0])
        return .floats(
            (0..<shape.count).map {
                Scalar(Double(philox.uniform(index: UInt64($0), step: step, stream: stream)))
            })
    case .unary(let function):
        return .floats(operands[0].floats.map { Scalar.apply(function, $0) })
    case .binary(let function):
        let (a, b) = (operands[0].floats, operands[1].floats)
        return .floats(a.indices.map { Scalar.apply(function, a[$0], b[$0]) })
    case .compare(let relation):
        if case (.int32s(let a), .int32s(let b)) = (operands[0], operands[1]) {
            // Double tells all of them apart, Float does not.
            return .floats(
                a.indices.map { Scalar(Double.compare(relation, Double(a[$0]), Double(b[$0]))) })
        }
        let (a, b) = (operands[0].floats, operands[1].floats)
        return .floats(a.indices.map { Scalar.compare(relation, a[$0], b[$0]) })
    case .select:
        let (condition, a, b) = (operands[0].floats, operands[1].floats, operands[2].floats)
        return .floats(a.indices.map { Scalar.select(condition[$0], a[$0], b[$0]) })
    case .broadcast(let shape):
        let source = shapes[0]
        let added = shape.rank - source.rank
        let strides = source.rowMajorStrides.indices.map {
            source[$0] == 1 ? 0 : source.rowMajorStrides[$0]
        }
        return strided(operands[0], shape, Array(repeating: 0, count: added) + strides)
    case .reshape:
        return operands[0]
    case .transpose(let permutation):
        let strides = shapes[0].rowMajorStrides
        return strided(operands[0], node.shape, permutation.map { strides[$0] })
    case .slice(let lower, _):
        let strides = shapes[0].rowMajorStrides
        let offset = zip(lower, strides).map { $0 * $1 }.reduce(0, +)
        return strided(operands[0], node.shape, strides, offset)
    case .concatenate(let axis):
        return concatenate(operands, shapes, axis, node.type.elementType)
    case .reduce(let reduction, let axes):
        let (rows, length, x) = rowsToReduce(operands[0].floats, shapes[0], axes)
        return .floats(
            (0..<rows).map { row in
                let start = row * length
                return reduction == .sum
                    ? Scalar.sum(length) { x[start + $0] }
                    : x[start..<start + length].dropFirst().reduce(x[start]) {
                        Scalar.apply(.maximum, $0, $1)
                    }
            })
    case .argmax(let axis):
        let (rows, length, x) = rowsToReduce(operands[0].floats, shapes[0], [axis])
        return .int32s(
            (0..<rows).map { row in
                var best = 0
                for index in 1..<max(1, length) {
                    let (candidate, largest) = (
                        x[row * length + index].value, x[row * length + best].value
                    )
                    if candidate > largest || (candidate.isNaN && !largest.isNaN) { best = index }
                }
                return Int32(best)
            })
    case .matmul(let transposeA, let transposeB):
        return .floats(
            multiply(
                operands[0].floats, shapes[0], transposeA,
                operands[1].floats, shapes[1], transposeB, node.shape))
    case .gather:
        let table = operands[0].floats
        let width = shapes[0].count / shapes[0][0]
        return .floats(
            operands[1].int32s.flatMap { index -> [Scalar] in
                guard (0..<shapes[0][0]).contains(Int(index)) else {
                    return Array(repeating: Scalar(.nan), count: width)
                }
                return Array(table[Int(index) * width..<(Int(index) + 1) * width])
            })
    case .scatterAdd(let count):
        let (indices, rows) = (operands[0].int32s, operands[1].floats)
        let width = node.shape.count / count
        var senders = [[Int]](repeating: [], count: count)
        for (row, index) in indices.enumerated() where (0..<count).contains(Int(index)) {
            senders[Int(index)].append(row)
        }
        return .floats(
            (0..<count * width).map { element in
                let from = senders[element / width]
                return Scalar.sum(from.count) { rows[from[$0] * width + element % width] }
            })
    case .softmax, .logSoftmax, .logSumExp:
        let x = operands[0].floats
        let length = shapes[0][shapes[0].rank - 1]
        return .floats(
            stride(from: 0, to: x.count, by: length).flatMap { start -> [Scalar] in
                let row = Row(x[start..<start + length])
                return switch node.operation {
                case .softmax: row.probabilities
                case .logSoftmax: row.logProbabilities
                default: [row.logSumExp]
                }
            })
    case .softmaxCrossEntropy:
        let (x, labels) = (operands[0].floats, operands[1].int32s)
        let length = shapes[0][shapes[0].rank - 1]
        return .floats(
            labels.indices.map { row in
                guard (0..<length).contains(Int(labels[row])) else { return Scalar(.nan) }
                return Row(x[row * length..<(row + 1) * length]).loss(Int(labels[row]))
            })
    case .softmaxCrossEntropyGradient:
        let (x, labels, upstream) = (
            operands[0].floats, operands[1].int32s, operands[2].floats
        )
        let length = shapes[0][shapes[0].rank - 1]
        return .floats(
            labels.indices.flatMap { row -> [Scalar] in
                guard (0..<length).contains(Int(labels[row])) else {
                    return Array(repeating: Scalar(.nan), count: length)
                }
                var difference = Row(x[row * length..<(row + 1) * length]).probabilities
                let label = Int(labels[row])
                difference[label] = .apply(.subtract, difference[label], Scalar(1))
                return difference.map { .apply(.multiply, $0, upstream[row]) }
            })
    }
}

/// One row of the softmax family, shifted by its largest element.
///
/// The shift cancels in exact arithmetic, so it carries no error of its own.
private struct Row<Scalar: ReferenceScalar> {
    let x: ArraySlice<Scalar>
    let shift: Scalar
    let shifted: [Scalar]
    let exponentials: [Scalar]
    let total: Scalar

    init(_ x: ArraySlice<Scalar>) {
        self.x = x
        let largest = x.map(\.value).reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 }
        let shift = Scalar(largest)
        let shifted = x.map { Scalar.apply(.subtract, $0, shift) }
        let exponentials = shifted.map { Scalar.apply(.exp, $0) }
        self.shift = shift
        self.shifted = shifted
        self.exponentials = exponentials
        self.total = Scalar.sum(exponentials.count) { exponentials[$0] }
    }

    var probabilities: [Scalar] { exponentials.map { .apply(.divide, $0, total) } }

    var logProbabilities: [Scalar] {
        let logTotal = Scalar.apply(.log, total)
        return shifted.map { .apply(.subtract, $0, logTotal) }
    }

    /// The sum of an infinite shift and the logarithm would be NaN where the limit is the shift.
    var logSumExp: Scalar {
        shift.value.isInfinite ? shift : .apply(.add, shift, .apply(.log, total))
    }

    /// The difference of two large logits comes first, so that a small logarithm is not lost in them.
    func loss(_ label: Int) -> Scalar {
        let distance = Scalar.apply(.subtract, shift, x[x.startIndex + label])
        return .apply(.add, .apply(.log, total), distance)
    }
}

/// The elements of a strided view in row-major order of its shape.
private func strided<Scalar>(
    _ source: Contents<Scalar>, _ shape: Shape, _ strides: [Int], _ offset: Int = 0
) -> Contents<Scalar> {
    switch source {
    case .floats(let values): .floats(strided(values, shape, strides, offset))
    case .int32s(let values): .int32s(strided(values, shape, strides, offset))
    }
}

private func strided<Element>(
    _ source: [Element], _ shape: Shape, _ strides: [Int], _ offset: Int
) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(shape.count)
    var position = [Int](repeating: 0, count: shape.rank)
    var index = offset
    for _ in 0..<shape.count {
        result.append(source[index])
        for axis in position.indices.reversed() {
            position[axis] += 1
            index += strides[axis]
            if position[axis] < shape[axis] { break }
            index -= shape[axis] * strides[axis]
            position[axis] = 0
        }
    }
    return result
}

private func concatenate<Scalar>(
    _ operands: [Contents<Scalar>], _ shapes: [Shape], _ axis: Int, _ elementType: ElementType
) -> Contents<Scalar> {
    func joined<Element>(_ parts: [[Element]]) -> [Element] {
        let outer = shapes[0].dimensions.prefix(axis).reduce(1, *)
        let lengths = shapes.map { $0.count / outer }
        return (0..<outer).flatMap { row in
            parts.indices.flatMap { parts[$0][row * lengths[$0]..<(row + 1) * lengths[$0]] }
        }
    }
    return elementType == .float
        ? .floats(joined(operands.map(\.floats))) : .int32s(joined(operands.map(\.int32s)))
}

/// The operand with the reduced axes moved to the end, as rows of `length` elements.
private func rowsToReduce<Scalar: ReferenceScalar>(
    _ x: [Scalar], _ shape: Shape, _ axes: [Int]
) -> (rows: Int, length: Int, x: [Scalar]) {
    let kept = shape.dimensions.indices.filter { !axes.contains($0) }
    let permutation = kept + axes
    let strides = shape.rowMajorStrides
    let length = axes.map { shape[$0] }.reduce(1, *)
    let moved = strided(
        x, Shape(permutation.map { shape[$0] }), permutation.map { strides[$0] }, 0)
    return (shape.count / length, length, moved)
}

/// `op(A) · op(B)` of every pair of matrices in the batch.
private func multiply<Scalar: ReferenceScalar>(
    _ a: [Scalar], _ shapeA: Shape, _ transposeA: Bool,
    _ b: [Scalar], _ shapeB: Shape, _ transposeB: Bool, _ result: Shape
) -> [Scalar] {
    let (rows, columns) = (result[result.rank - 2], result[result.rank - 1])
    let inner = shapeA[transposeA ? shapeA.rank - 2 : shapeA.rank - 1]
    let (rowOfA, stepOfA) = transposeA ? (1, rows) : (inner, 1)
    let (columnOfB, stepOfB) = transposeB ? (inner, 1) : (1, columns)
    return a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            var product: [Scalar] = []
            product.reserveCapacity(result.count)
            for batch in 0..<result.count / max(1, rows * columns) {
                for row in 0..<rows {
                    let startOfA = batch * rows * inner + row * rowOfA
                    for column in 0..<columns {
                        let startOfB = batch * inner * columns + column * columnOfB
                        product.append(
                            Scalar.dot(
                                inner, { a[startOfA + $0 * stepOfA] },
                                { b[startOfB + $0 * stepOfB] }))
                    }
                }
            }
            return product
        }
    }
}
