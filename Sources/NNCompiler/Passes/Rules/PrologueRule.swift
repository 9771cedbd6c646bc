import NNGraph

/// A reduction of rows, or of all rows to one, computes what it reduces, if nothing else reads that: the squares of a norm
/// or of a mean squared error are never written.
enum PrologueRule: FusionRule {
    static let name = "attach prologues"
    static let predecessors: [any FusionRule.Type] = [ElementwiseRule.self, EpilogueRule.self]

    static func apply(to fusion: inout Fusion) {
        for node in fusion.nodes where node.reducesLastAxis || node.keepsLastAxis {
            let operand = node.operands[0]
            guard let input = fusion.group(of: operand), input.isElementwise,
                fusion.readers(of: operand) == [node], !fusion.isKept[fusion.place(of: operand)],
                input.epilogue.filter(fusion.isReadOutside) == [operand]
            else { continue }
            _ = fusion.join(operand, .feeding, node) { joined, group in
                group.prologue = joined.epilogue
            }
        }
    }
}
