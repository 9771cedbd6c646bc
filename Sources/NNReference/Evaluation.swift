import NNGraph

/// The elements of a computed tensor in row-major order.
enum Contents<Scalar: ReferenceScalar> {
    case floats([Scalar])
    case int32s([ReferenceInteger])

    var floats: [Scalar] {
        switch self {
        case .floats(let values): values
        case .int32s(let values): values.map { Scalar($0) }
        }
    }

    var int32s: [ReferenceInteger] {
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
            ? .floats(all.map { Scalar($0) }) : .int32s(all.map { ReferenceInteger(Int32($0)) })
    case .uniform(let shape, let seed, let stream):
        let philox = Philox(seed: seed)
        let step = UInt32(bitPattern: operands[0].int32s[0].value)
        return .floats(
            (0..<shape.count).map {
                Scalar(Double(philox.uniform(index: UInt64($0), step: step, stream: stream)))
            })
    case .unary(let function):
        return .floats(operands[0].floats.map { Scalar.apply(function, $0) })
    case .binary(let function):
        let (a, b) = (operands[0].floats, operands[1].floats)
        return .floats(a.indices.map { Scalar.apply(function, a[$0], b[$0]) })
    case .convert:
        return switch operands[0] {
        case .floats(let values): .int32s(values.map { $0.truncated() })
        case .int32s(let values): .floats(values.map { Scalar($0) })
        }
    case .compare(let relation):
        if case (.int32s(let a), .int32s(let b)) = (operands[0], operands[1]) {
            return .floats(a.indices.map { Scalar.compare(relation, a[$0], b[$0]) })
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
    case .pad(let lower, _, let value):
        return .floats(padded(operands[0].floats, shapes[0], lower, node.shape, Scalar(value)))
    case .windows(let axis, let windows):
        var strides = shapes[0].rowMajorStrides
        let step = strides[axis]
        strides.replaceSubrange(
            axis...axis, with: [step * windows.stride, step * windows.dilation])
        return strided(operands[0], node.shape, strides, step * windows.start)
    case .fold(let axis, let extent, let windows):
        return .floats(folded(operands[0].floats, shapes[0], axis, extent, windows))
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
                return ReferenceInteger(Int32(best))
            })
    case .matmul(let transposeA, let transposeB, let axes):
        // Several axes in row-major order are like one.
        let (last, columns) = (node.shape.rank - axes.columns, node.shape.dimensions)
        let result = Shape([
            columns[..<(last - axes.rows)].reduce(1, *),
            columns[(last - axes.rows)..<last].reduce(1, *), columns[last...].reduce(1, *),
        ])
        return .floats(
            multiply(
                operands[0].floats, transposeA, operands[1].floats, transposeB, result,
                inner: shapes[0].count / (result[0] * result[1])))
    case .gather:
        let table = operands[0].floats
        let count = shapes[0][0], width = shapes[0].count / count
        return .floats(
            operands[1].int32s.flatMap { index -> [Scalar] in
                let places = index.places(below: count)
                guard index.slack == 0, let place = places.first else {
                    return (0..<width).map { column in
                        picked(index, of: count) { table[$0 * width + column] }
                    }
                }
                return Array(table[place * width..<(place + 1) * width])
            })
    case .scatterAdd(let count):
        let (indices, rows) = (operands[0].int32s, operands[1].floats)
        let width = node.shape.count / count
        var senders = [[Int]](repeating: [], count: count)
        for (row, index) in indices.enumerated() {
            for place in index.places(below: count) { senders[place].append(row) }
        }
        return .floats(
            (0..<count * width).map { element in
                let place = element / width, from = senders[place]
                return Scalar.sum(from.count) {
                    let index = indices[from[$0]], sent = rows[from[$0] * width + element % width]
                    return index.slack == 0
                        ? sent : .select(.compare(.equal, index, place), sent, Scalar(0))
                }
            })
    case .softmax, .logSoftmax, .logSumExp:
        let x = operands[0].floats
        let length = shapes[0][shapes[0].rank - 1]
        return .floats(
            stride(from: 0, to: x.count, by: length).flatMap { start -> [Scalar] in
                let row = SoftmaxRow(x[start..<start + length])
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
                let logits = SoftmaxRow(x[row * length..<(row + 1) * length])
                return picked(labels[row], of: length) { logits.loss($0) }
            })
    case .softmaxCrossEntropyGradient:
        let (x, labels, upstream) = (
            operands[0].floats, operands[1].int32s, operands[2].floats
        )
        let length = shapes[0][shapes[0].rank - 1]
        return .floats(
            labels.indices.flatMap { row -> [Scalar] in
                guard (0..<length).contains(Int(labels[row].value)) else {
                    return Array(repeating: Scalar(.nan), count: length)
                }
                var difference = SoftmaxRow(x[row * length..<(row + 1) * length]).probabilities
                for place in labels[row].places(below: length) {
                    difference[place] = .apply(
                        .subtract, difference[place], .compare(.equal, labels[row], place))
                }
                return difference.map { .apply(.multiply, $0, upstream[row]) }
            })
    }
}

extension ReferenceScalar {
    /// The same with a place in a list, which is exact.
    fileprivate static func compare(
        _ relation: Operation.Comparison, _ a: ReferenceInteger, _ place: Int
    ) -> Self {
        compare(relation, a, ReferenceInteger(Int32(place)))
    }
}

/// What an index stands for in a list of `count` numbers, NaN outside of it; where rounding decides on
/// the index, any that it may stand for.
private func picked<Scalar: ReferenceScalar>(
    _ index: ReferenceInteger, of count: Int, _ number: (Int) -> Scalar
) -> Scalar {
    let place = Int(index.value)
    let likely = (0..<count).contains(place) ? number(place) : Scalar(.nan)
    guard index.slack > 0 else { return likely }
    return index.places(below: count).reduce(likely) {
        .select(.compare(.equal, index, $1), number($1), $0)
    }
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
    _ a: [Scalar], _ transposeA: Bool, _ b: [Scalar], _ transposeB: Bool, _ result: Shape,
    inner: Int
) -> [Scalar] {
    let (rows, columns) = (result[1], result[2])
    let (rowOfA, stepOfA) = transposeA ? (1, rows) : (inner, 1)
    let (columnOfB, stepOfB) = transposeB ? (inner, 1) : (1, columns)
    return a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
            var product: [Scalar] = []
            product.reserveCapacity(result.count)
            for batch in 0..<result[0] {
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
