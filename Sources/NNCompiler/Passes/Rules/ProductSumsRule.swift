import NNGraph

/// A reduction computes the sums and products that it adds up, where they are made of at most two tensors of its
/// operand's size.
///
/// These lie in memory for others, such as a gradient and what it is a gradient of. Their producer's kernel would write
/// the products only for the reduction to read them.
enum ProductSumsRule: FusionRule {
    static let name = "let reductions multiply"
    static let predecessors: [any FusionRule.Type] = []

    static func apply(to fusion: inout Fusion) {
        for node in fusion.nodes where node.reducesLastAxis || node.keepsLastAxis {
            guard let members = members(of: node, in: fusion) else { continue }
            fusion.startGroup(node) { $0.source = node }
            for member in members {
                let hasJoined = fusion.join(member, .feeding, node) { _, group in
                    group.prologue.append(member)
                }
                // Each feeds the one before: the reduction then reads what it makes from memory.
                guard hasJoined else { break }
            }
        }
    }

    /// The operations, results before operands; nil if there are none, or they read more tensors.
    private static func members(of node: Tensor, in fusion: Fusion) -> [Tensor]? {
        let operand = node.operands[0]
        var members: [Tensor] = []
        var read: Set<Tensor> = []
        var open = [operand]
        while let next = open.popLast() {
            let isMember =
                next.isSumOrProduct && next.shape == operand.shape
                && !fusion.isKept[fusion.place(of: next)]
                && fusion.readers(of: next).allSatisfy { $0 == node || members.contains($0) }
            if isMember, !members.contains(next) {
                members.append(next)
                open += next.operands
            } else if !isMember, !next.isSmall(beside: operand.shape) {
                read.insert(next)
            }
        }
        return members.isEmpty || read.count > 2 ? nil : members
    }
}
