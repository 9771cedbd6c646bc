import NNGraph

extension Operation {
    /// Whether each element of the result depends on the same element of the operands alone.
    package var isElementwise: Bool {
        switch self {
        case .unary, .binary, .convert, .compare, .select, .uniform: true
        default: false
        }
    }

    /// Whether it is a matrix product.
    package var isProduct: Bool {
        if case .matmul = self { true } else { false }
    }

    /// Whether it combines many elements into one.
    package var isReduction: Bool {
        if case .reduce = self { true } else { false }
    }

    /// Whether the result is the operand's elements in another arrangement.
    package var isMovement: Bool {
        switch self {
        case .broadcast, .reshape, .transpose, .slice, .windows: true
        default: false
        }
    }

    /// Whether its kernels can write the result to any view, as epilogues and copies do.
    package var writesAnyView: Bool {
        if case .concatenate = self { true } else { isElementwise || isProduct }
    }

    /// Whether the value is known when the graph is made.
    package var isConstant: Bool {
        if case .constant = self { true } else { false }
    }

    /// Whether a kernel makes the result: it is no leaf, no constant and no view.
    package var isComputed: Bool { leafName == nil && !isConstant && !isMovement }
}

extension Tensor {
    /// The number that every element of a constant has.
    package var repeatedValue: Double? {
        guard case .constant(let values, _) = operation, values.count == 1 else { return nil }
        return values[0]
    }

    /// Whether each row of the operand is reduced to one number.
    package var reducesLastAxis: Bool {
        guard case .reduce(_, let axes) = operation else { return false }
        return axes == [operands[0].shape.rank - 1]
    }

    /// Whether all rows of the operand are reduced to one of more than one number.
    package var keepsLastAxis: Bool {
        guard case .reduce(_, let axes) = operation else { return false }
        let rank = operands[0].shape.rank
        return rank > 1 && axes.sorted() == Array(0..<rank - 1) && operands[0].shape[rank - 1] > 1
    }
}
