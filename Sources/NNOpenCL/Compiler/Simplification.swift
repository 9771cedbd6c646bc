import NNGraph

/// The graph with equal computations done once, and with steps that do nothing left out.
///
/// The result computes the same numbers: no rule here changes the rounding of anything.
func simplified(_ graph: Graph) throws -> Graph {
    struct Key: Hashable {
        let operation: Operation
        let operands: [Tensor]
        /// Tells 0 and −0 apart, which are equal as numbers.
        let signs: [FloatingPointSign]

        init(_ tensor: Tensor) {
            operation = tensor.operation
            operands = tensor.operands
            signs = if case .constant(let values, _) = operation { values.map(\.sign) } else { [] }
        }
    }
    var known: [Key: Tensor] = [:]
    var replacements: [Tensor: Tensor] = [:]
    for node in graph.nodes where node.operation.leafName == nil {
        let operands = node.operands.map { replacements[$0] ?? $0 }
        var result = try shortcut(node.operation, operands, node.type)
        if result == nil {
            let unchanged = operands == node.operands
            result = unchanged ? node : try Tensor(node.operation, operands)
        }
        guard let result else { continue }
        let key = Key(result)
        replacements[node] = known[key] ?? result
        known[key] = known[key] ?? result
    }
    return try graph.replacing(replacements)
}

/// What an operation amounts to if it is less than it looks; nil if it is what it is.
private func shortcut(
    _ operation: Operation, _ operands: [Tensor], _ type: TensorType
) throws -> Tensor? {
    switch operation {
    case .broadcast, .reshape, .transpose, .slice:
        let operand = operands[0]
        if let value = operand.repeatedValue { return try Tensor(.constant([value], type)) }
        if case .transpose(let permutation) = operation,
            permutation == Array(permutation.indices)
        {
            return operand
        }
        if operand.type == type, !operation.isTranspose { return operand }
        if case .reshape(let shape) = operation, case .reshape = operand.operation {
            return try operand.operands[0].reshape(shape)
        }
        return nil
    case .concatenate:
        return operands.count == 1 ? operands[0] : nil
    case .binary(.multiply):
        if operands[0].repeatedValue == 1 { return operands[1] }
        return operands[1].repeatedValue == 1 ? operands[0] : nil
    case .binary(.divide):
        return operands[1].repeatedValue == 1 ? operands[0] : nil
    default:
        return nil
    }
}

extension Operation {
    fileprivate var isTranspose: Bool {
        if case .transpose = self { true } else { false }
    }

    /// Whether each element of the result depends on the same element of the operands alone.
    var isElementwise: Bool {
        switch self {
        case .unary, .binary, .compare, .select, .uniform: true
        default: false
        }
    }

    /// Whether it is a matrix product.
    var isProduct: Bool {
        if case .matmul = self { true } else { false }
    }

    /// Whether it is the position of maxima.
    var isArgmax: Bool {
        if case .argmax = self { true } else { false }
    }

    /// Whether it combines many elements into one.
    var isReduction: Bool {
        if case .reduce = self { true } else { false }
    }

    /// Whether the result is the operand's elements in another arrangement.
    var isMovement: Bool {
        switch self {
        case .broadcast, .reshape, .transpose, .slice: true
        default: false
        }
    }
}

extension Tensor {
    /// The number that every element of a constant has.
    var repeatedValue: Double? {
        guard case .constant(let values, _) = operation, values.count == 1 else { return nil }
        return values[0]
    }
}
