import NNGraph

/// Every operation that needs a kernel and is in no group yet is a kernel of its own.
enum SingleOperationRule: FusionRule {
    static let name = "leave the rest alone"
    static let predecessors: [any FusionRule.Type] = [
        CrossEntropyPairRule.self, ElementwiseRule.self, EpilogueRule.self, NarrowLossRule.self,
    ]

    static func apply(to fusion: inout Fusion) {
        for node in fusion.nodes
        where node.operation.isComputed && fusion.group(of: node) == nil {
            fusion.startGroup(node) { $0.source = node }
        }
    }
}
