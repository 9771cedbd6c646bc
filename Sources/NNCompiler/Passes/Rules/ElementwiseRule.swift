import NNGraph

/// Elementwise operations of one shape become one loop, whose inner values stay in registers.
enum ElementwiseRule: FusionRule {
    static let name = "fuse elementwise operations"
    static let predecessors: [any FusionRule.Type] = [ProductSumsRule.self]

    /// The groups that are tried for an operation: a number that thousands read has as many.
    private static let candidateLimit = 32

    static func apply(to fusion: inout Fusion) {
        // From results to operands, so that an operation finds the groups of those that read it.
        for node in fusion.nodes.reversed()
        where node.operation.isElementwise && fusion.group(of: node) == nil {
            fusion.startGroup(node) { $0.epilogue = [node] }
            // It may be the step of random numbers, who read that from memory as one number for all.
            if node.type == TensorType(.scalar, .int32) { continue }
            var tried: Set<ObjectIdentifier> = []
            for reader in fusion.readers(of: node)
            where reader.operation.isElementwise && reader.shape == node.shape {
                guard let group = fusion.group(of: reader), group.isElementwise,
                    tried.count < candidateLimit,
                    tried.insert(ObjectIdentifier(group)).inserted
                else { continue }
                let hasJoined = fusion.join(node, .feeding, reader) {
                    $1.epilogue.append(node)
                }
                if hasJoined { break }
            }
        }
    }
}
