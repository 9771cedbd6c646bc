import NNGraph

/// A product or a reduction takes in the elementwise operations that read nothing but its result and
/// what is ready before, so that the result may never need memory.
enum EpilogueRule: FusionRule {
    static let name = "attach epilogues"
    static let predecessors: [any FusionRule.Type] = [ElementwiseRule.self]

    static func apply(to fusion: inout Fusion) {
        for node in fusion.nodes where node.operation.isProduct || node.operation.isReduction {
            let hasEpilogue = fusion.readers(of: node).contains { reader in
                guard let group = fusion.group(of: reader), group.isElementwise,
                    group.epilogue[0].shape == node.shape
                else { return false }
                return fusion.join(node, .feeding, reader) {
                    ($1.source, $1.prologue) = (node, $0.prologue)
                }
            }
            if !hasEpilogue { fusion.startGroup(node) { $0.source = node } }
        }
    }
}
