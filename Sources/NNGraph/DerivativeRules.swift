/// 2/√π, the slope of erf at 0.
private let twoOverRootPi = 2 / Double.pi.squareRoot()

extension Tensor {
    /// The gradient of each operand, given the gradient of this tensor.
    ///
    /// An entry is nil where `needed` says that nobody asks for it, or where the derivative is zero
    /// everywhere it exists.
    func pullback(_ gradient: Tensor, needed: [Bool]) throws -> [Tensor?] {
        func when(_ index: Int, _ rule: () throws -> Tensor?) rethrows -> Tensor? {
            needed[index] ? try rule() : nil
        }
        switch operation {
        case .input, .parameter, .constant: return []
        case .uniform, .convert, .compare, .argmax: return operands.map { _ in nil }
        case .unary(let function):
            return [try derivative(of: function, gradient)]
        case .binary(let function):
            return try derivatives(of: function, gradient, when)
        case .select:
            let zero = try Tensor.constant(0, shape)
            return [
                nil,
                try when(1) { try select(operands[0], gradient, zero) },
                try when(2) { try select(operands[0], zero, gradient) },
            ]
        case .broadcast:
            let source = operands[0].shape
            let added = shape.rank - source.rank
            let axes = (0..<shape.rank).filter {
                $0 < added || (source[$0 - added] == 1 && shape[$0] != 1)
            }
            return [try gradient.sum(axes).reshape(source)]
        case .reshape:
            return [try gradient.reshape(operands[0].shape)]
        case .transpose(let permutation):
            var inverse = permutation
            for (axis, source) in permutation.enumerated() { inverse[source] = axis }
            return [try gradient.transpose(inverse)]
        case .slice(let lower, let upper):
            let rest = zip(operands[0].shape.dimensions, upper).map { $0 - $1 }
            return [try Tensor(.pad(lower: lower, upper: rest, value: 0), [gradient])]
        case .pad(let lower, _, _):
            let upper = zip(lower, operands[0].shape.dimensions).map { $0 + $1 }
            return [try Tensor(.slice(lower: lower, upper: upper), [gradient])]
        case .windows(let axis, let windows):
            return [
                try Tensor(
                    .fold(axis: axis, extent: operands[0].shape[axis], windows), [gradient])
            ]
        case .fold(let axis, _, let windows):
            return [try Tensor(.windows(axis: axis, windows), [gradient])]
        case .concatenate(let axis):
            var start = 0
            return try operands.indices.map { index in
                let range = start..<start + operands[index].shape[axis]
                start = range.upperBound
                return try when(index) { try gradient.slice(range, axis: axis) }
            }
        case .reduce(let reduction, let axes):
            let source = operands[0]
            let kept = source.shape.keeping(axes)
            let spread = try gradient.reshape(kept).broadcast(to: source.shape)
            guard reduction == .max else { return [spread] }
            let largest = try reshape(kept).broadcast(to: source.shape)
            let mask = try compare(source, .equal, largest)
            let ties = try mask.sum(axes, keepingAxes: true)
            return [try mask * spread / ties]
        case .matmul(let transposeA, let transposeB, let axes):
            let (a, b) = (operands[0], operands[1])
            let (rows, inner, columns) = (axes.rows, axes.inner, axes.columns)
            func product(
                _ a: Tensor, _ transposeA: Bool, _ b: Tensor, _ transposeB: Bool,
                _ rows: Int, _ inner: Int, _ columns: Int
            ) throws -> Tensor {
                let axes = Operation.ProductAxes(rows: rows, inner: inner, columns: columns)
                return try Tensor(
                    .matmul(transposeA: transposeA, transposeB: transposeB, axes: axes), [a, b])
            }
            return [
                try when(0) {
                    transposeA
                        ? try product(b, transposeB, gradient, true, inner, columns, rows)
                        : try product(gradient, false, b, !transposeB, rows, columns, inner)
                },
                try when(1) {
                    transposeB
                        ? try product(gradient, true, a, transposeA, columns, rows, inner)
                        : try product(a, !transposeA, gradient, false, inner, rows, columns)
                },
            ]
        case .gather:
            return [
                try when(0) {
                    try scatterAdd(gradient, at: operands[1], count: operands[0].shape[0])
                }, nil,
            ]
        case .scatterAdd:
            return [nil, try when(1) { try gatheredOrZero(gradient, operands[0]) }]
        case .softmax:
            let projection = try (gradient * self).sum([shape.rank - 1], keepingAxes: true)
            return [try self * (gradient - projection)]
        case .logSoftmax:
            let total = try gradient.sum([shape.rank - 1], keepingAxes: true)
            return [try gradient - softmax(operands[0]) * total]
        case .logSumExp:
            return [try softmax(operands[0]) * perRow(gradient)]
        case .softmaxCrossEntropy:
            return [
                try Tensor(.softmaxCrossEntropyGradient, [operands[0], operands[1], gradient]), nil,
            ]
        case .softmaxCrossEntropyGradient:
            let (logits, labels, upstream) = (operands[0], operands[1], operands[2])
            return [
                try when(0) {
                    let probabilities = try softmax(logits)
                    let scaled = try gradient * perRow(upstream)
                    let projection = try (scaled * probabilities)
                        .sum([shape.rank - 1], keepingAxes: true)
                    return try probabilities * (scaled - projection)
                }, nil,
                try when(2) {
                    let ones = try Tensor.constant(1, upstream.shape)
                    let unscaled = try Tensor(
                        .softmaxCrossEntropyGradient, [logits, labels, ones])
                    return try (gradient * unscaled).sum([shape.rank - 1])
                },
            ]
        }
    }

    private func derivative(
        of function: Operation.Unary, _ gradient: Tensor
    ) throws -> Tensor? {
        let x = operands[0]
        switch function {
        case .negate: return try -gradient
        case .absolute: return try gradient * sign(x)
        case .sign, .stopGradient: return nil
        case .exp: return try gradient * self
        case .log: return try gradient / x
        case .squareRoot: return try gradient / (self * 2)
        case .sin: return try gradient * cos(x)
        case .cos: return try -(gradient * sin(x))
        case .tanh: return try gradient * (1 - self * self)
        case .sigmoid: return try gradient * (self * (1 - self))
        case .relu:
            // From the result, which is kept for the next layer anyway: y > 0 exactly where x > 0.
            return try select(compare(self, .greater, .constant(0)), gradient, .constant(0))
        case .softplus: return try gradient * sigmoid(x)
        case .erf: return try gradient * (exp(-(x * x)) * twoOverRootPi)
        }
    }

    private func derivatives(
        of function: Operation.Binary, _ gradient: Tensor,
        _ when: (Int, () throws -> Tensor?) throws -> Tensor?
    ) throws -> [Tensor?] {
        let (a, b) = (operands[0], operands[1])
        /// The gradient where `a` wins, half of it where both are equal.
        func winner(_ a: Tensor, _ relation: Operation.Comparison, _ b: Tensor) throws -> Tensor {
            let share = try compare(a, relation, b) + compare(a, .equal, b) * 0.5
            return try gradient * share
        }
        switch function {
        case .add: return [gradient, gradient]
        case .subtract: return [gradient, try when(1) { try -gradient }]
        case .multiply:
            return [try when(0) { try gradient * b }, try when(1) { try gradient * a }]
        case .divide:
            return [
                try when(0) { try gradient / b }, try when(1) { try -(gradient * self / b) },
            ]
        case .power:
            return [
                try when(0) { try gradient * (b * power(a, b - 1)) },
                try when(1) {
                    // 0ᵇ does not depend on b > 0, and log 0 would make it NaN.
                    try select(
                        compare(a, .equal, .constant(0)), .constant(0), gradient * (self * log(a)))
                },
            ]
        case .maximum:
            return [
                try when(0) { try winner(a, .greater, b) },
                try when(1) { try winner(b, .greater, a) },
            ]
        case .minimum:
            return [
                try when(0) { try winner(a, .less, b) }, try when(1) { try winner(b, .less, a) },
            ]
        }
    }
}

/// One number for each row, repeated along the row; `x` is […] and the result broadcasts to […, n].
private func perRow(_ x: Tensor) throws -> Tensor {
    try x.reshape(Shape(x.shape.dimensions + [1]))
}

/// The rows of a table at the indices; zeros for an index outside of it, whose row was dropped.
private func gatheredOrZero(_ table: Tensor, _ indices: Tensor) throws -> Tensor {
    func limit(_ value: Int) throws -> Tensor {
        try .constant(Double(value), indices.shape, .int32)
    }
    let rows = try table.gather(indices)
    let isLow = try compare(indices, .less, limit(table.shape[0]))
    let isInside = try isLow * compare(indices, .greaterEqual, limit(0))
    let extra = Array(repeating: 1, count: rows.shape.rank - indices.shape.rank)
    let mask = try isInside.reshape(Shape(indices.shape.dimensions + extra))
    return try select(mask, rows, .constant(0))
}
