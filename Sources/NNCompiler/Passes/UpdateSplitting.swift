import NNGraph

/// The graph with updates of a flat vector computed part by part, where the parts are matrix
/// products.
///
/// A gradient that is put together from the gradients of many parameters would have to be whole in
/// memory before the optimizer reads it. Element by element, the optimizer does the same to each
/// part: so every part is updated in the shape in which its gradient is made, which lets the update
/// become that product's epilogue. The result computes the same numbers.
package func splittingUpdates(of graph: Graph) throws -> Graph {
    var consumers: [Tensor: [Tensor]] = [:]
    for node in graph.nodes {
        for operand in Set(node.operands) { consumers[operand, default: []].append(node) }
    }
    let results = Set(graph.updates.map(\.value))
    let outputs = Set(graph.outputs.map(\.value))
    var replacements: [Tensor: Tensor] = [:]
    for node in graph.nodes {
        guard let parts = node.concatenatedParts, parts.contains(where: \.operation.isProduct),
            let updates = elementwiseResults(of: node, consumers, results, outputs)
        else { continue }
        var splitting = Splitting(of: node, into: parts)
        for update in updates where replacements[update] == nil {
            replacements[update] = try splitting.whole(update)
        }
    }
    return replacements.isEmpty ? graph : try graph.replacing(replacements)
}

/// The values among `results` that are computed element by element from a tensor, or nil if
/// anything else is computed from it too, or is an output.
private func elementwiseResults(
    of tensor: Tensor, _ consumers: [Tensor: [Tensor]], _ results: Set<Tensor>,
    _ outputs: Set<Tensor>
) -> [Tensor]? {
    var found: [Tensor] = []
    var seen: Set<Tensor> = [tensor]
    var stack = [tensor]
    while let next = stack.popLast() {
        if outputs.contains(next) { return nil }
        if results.contains(next) { found.append(next) }
        for consumer in consumers[next] ?? [] where seen.insert(consumer).inserted {
            guard consumer.operation.isElementwise else { return nil }
            stack.append(consumer)
        }
    }
    // The whole itself as a result would be needed in memory anyway.
    return found.contains(tensor) ? nil : found
}

/// The division of a vector, and of all that is computed along with it, into parts.
private struct Splitting {
    private let parts: [Tensor]
    private let ranges: [Range<Int>]
    private var known: [Tensor: [Tensor]] = [:]

    init(of whole: Tensor, into parts: [Tensor]) {
        self.parts = parts
        known[whole] = parts
        var start = 0
        ranges = parts.map { part in
            defer { start += part.shape.count }
            return start..<start + part.shape.count
        }
    }

    /// A value computed part by part and put together again.
    mutating func whole(_ tensor: Tensor) throws -> Tensor {
        try concatenate(split(tensor).map { try $0.reshape([$0.shape.count]) })
    }

    /// The parts of a tensor, once those of all that it is computed from element by element are known.
    private mutating func split(_ tensor: Tensor) throws -> [Tensor] {
        // A stack of its own: there may be more operations than the call stack allows.
        var stack = [tensor]
        while let next = stack.last {
            let missing = next.operandsToSplit.filter { known[$0] == nil }
            if missing.isEmpty || known[next] != nil {
                known[next] = try known[next] ?? parts(of: next)
                stack.removeLast()
            } else {
                stack += missing
            }
        }
        return known[tensor] ?? []
    }

    /// The parts of a tensor of whose operands those that are split are known.
    private func parts(of tensor: Tensor) throws -> [Tensor] {
        switch tensor.operation {
        case .unary, .binary, .convert, .compare, .select:
            let operands = tensor.operands.compactMap { known[$0] }
            return try parts.indices.map { index in
                try Tensor(tensor.operation, operands.map { $0[index] })
            }
        case .constant(let values, let type) where values.count == 1:
            return try parts.map {
                try Tensor(.constant(values, TensorType($0.shape, type.elementType)))
            }
        case .broadcast where tensor.operands[0].shape.count == 1:
            let number = try tensor.operands[0].reshape([])
            return try parts.map { try number.broadcast(to: $0.shape) }
        default:
            return try zip(parts, ranges).map { part, range in
                try tensor.slice(range).reshape(part.shape)
            }
        }
    }
}

extension Tensor {
    /// The operands whose parts make the parts of the result.
    fileprivate var operandsToSplit: [Tensor] {
        switch operation {
        case .unary, .binary, .convert, .compare, .select: operands
        default: []
        }
    }

    /// What a vector is put together from, each in the shape in which it is computed; nil if it is
    /// not put together.
    fileprivate var concatenatedParts: [Tensor]? {
        guard case .concatenate = operation, shape.rank == 1 else { return nil }
        return operands.map { operand in
            if case .reshape = operand.operation { operand.operands[0] } else { operand }
        }
    }
}
