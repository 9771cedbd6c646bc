import NNGraph

/// The graph with equal computations done once, and with steps that do nothing left out.
///
/// The result computes the same numbers: no rule here changes the rounding of anything.
package func simplified(_ graph: Graph) throws -> Graph {
    var known: [Computation: Tensor] = [:]
    var replacements: [Tensor: Tensor] = [:]
    for node in graph.nodes where node.operation.leafName == nil {
        let operands = node.operands.map { replacements[$0] ?? $0 }
        var result = try shortcut(node.operation, operands, node.type)
        if result == nil {
            let unchanged = operands == node.operands
            result = unchanged ? node : try Tensor(node.operation, operands)
        }
        guard let result else { continue }
        let key = Computation(result)
        replacements[node] = known[key] ?? result
        known[key] = known[key] ?? result
    }
    return try graph.replacing(replacements)
}

/// What two computations have in common that give the same result.
struct Computation: Hashable {
    let operation: Operation
    let operands: [Tensor]

    init(_ tensor: Tensor) {
        operation = tensor.operation
        operands = tensor.operands
    }

    static func == (a: Computation, b: Computation) -> Bool {
        if case .constant(let x, let type) = a.operation,
            case .constant(let y, let otherType) = b.operation
        {
            // As bits, since 0 and −0 are equal as numbers and NaN is not.
            return type == otherType && x.count == y.count
                && zip(x, y).allSatisfy { $0.bitPattern == $1.bitPattern }
        }
        return a.operation == b.operation && a.operands == b.operands
    }

    func hash(into hasher: inout Hasher) {
        if case .constant(let values, let type) = operation {
            // A mask has millions of numbers: a few of them tell constants apart well enough.
            hasher.combine(type)
            hasher.combine(values.count)
            for value in values.prefix(Self.hashedCount) { hasher.combine(value.bitPattern) }
        } else {
            hasher.combine(operation)
            hasher.combine(operands)
        }
    }

    private static let hashedCount = 64
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
    case .unary(.stopGradient):
        // Only derivatives knew the difference.
        return operands[0]
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
}
