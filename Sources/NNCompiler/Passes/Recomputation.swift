import NNGraph

/// The graph with what is cheaply made of one tensor, and read by several kernels, made anew for each of them.
///
/// A deviation from a mean is read by the variance, by what is normalized and by the gradients of both. Written to memory
/// it costs a pass more than the tensor that it is made of, which each of them reads as well.
package func recomputing(_ graph: Graph) throws -> Graph {
    let repeated = graph.recomputable
    guard !repeated.isEmpty else { return graph }
    var replacements: [Tensor: Tensor] = [:]
    var read: Set<Tensor> = []
    /// The operand for one more reader.
    func instance(_ operand: Tensor) throws -> Tensor {
        let first = replacements[operand] ?? operand
        if !repeated.contains(operand) || read.insert(operand).inserted { return first }
        return try Origin.within(operand.origin) {
            try Tensor(operand.operation, operand.operands.map(instance))
        }
    }
    for node in graph.nodes where node.operation.leafName == nil {
        var instances: [Tensor: Tensor] = [:]
        for operand in node.operands where instances[operand] == nil {
            instances[operand] = try instance(operand)
        }
        let operands = node.operands.map { instances[$0] ?? $0 }
        replacements[node] =
            operands == node.operands
            ? node : try Origin.within(node.origin) { try Tensor(node.operation, operands) }
    }
    return try graph.replacing(replacements)
}

/// Of more operations that follow each other, the arithmetic costs what memory would.
private let longestChain = 4

extension Graph {
    /// What is cheaply made of one tensor, and read element by element alone.
    fileprivate var recomputable: Set<Tensor> {
        var others = Set(outputs.map(\.value) + updates.map(\.value))
        for node in nodes {
            others.formUnion(
                node.operands.filter {
                    !node.operation.isReduction
                        && !(node.operation.isElementwise && node.shape == $0.shape)
                })
        }
        var depths: [Tensor: Int] = [:]
        for node in nodes where node.isCheap && !others.contains(node) {
            let depth = 1 + (node.operands.compactMap { depths[$0] }.max() ?? 0)
            if depth <= longestChain { depths[node] = depth }
        }
        return Set(depths.keys)
    }

    /// Something that is to be recomputed and still has several readers.
    var sharedRecomputable: Tensor? {
        var read: Set<Tensor> = []
        let repeated = recomputable
        for node in nodes {
            for operand in Set(node.operands) where repeated.contains(operand) {
                guard read.insert(operand).inserted else { return operand }
            }
        }
        return nil
    }
}

extension Tensor {
    /// Whether it takes a processor less time than memory to have it from a single tensor of its size and small ones.
    fileprivate var isCheap: Bool {
        isSumOrProduct && Set(operands.filter { !$0.isSmall(beside: shape) }).count == 1
    }

    /// Whether an operand is added, subtracted or multiplied, which costs less than reading it.
    var isSumOrProduct: Bool {
        switch operation {
        case .binary(.add), .binary(.subtract), .binary(.multiply), .unary(.negate):
            type.elementType == .float
        default: false
        }
    }

    /// Whether it is a view of a tensor so small that it stays in a cache.
    func isSmall(beside shape: Shape) -> Bool {
        var base = self
        while base.operation.isMovement { base = base.operands[0] }
        return base.repeatedValue != nil || base.shape.count * 16 <= shape.count
    }
}
