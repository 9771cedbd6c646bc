import NNGraph

/// A product that reads the transpose of a matrix takes in the sums of that matrix's columns: a weight
/// gradient `dYᵀ · X` computes the gradient of the bias as well.
///
/// So the sums need no kernel of their own, which would read again what the product reads.
enum ColumnSumsRule: FusionRule {
    static let name = "join column sums"
    static let predecessors: [any FusionRule.Type] = [EpilogueRule.self]

    static func apply(to fusion: inout Fusion) {
        for sums in fusion.nodes {
            guard case .reduce(.sum, [0]) = sums.operation, sums.operands[0].shape.rank == 2
            else { continue }
            for product in fusion.readers(of: sums.operands[0])
            where isTransposed(sums.operands[0], in: product)
                && fusion.group(of: product)?.columnSums == nil
            {
                let hasJoined = fusion.join(sums, .beside, product) { joined, group in
                    group.columnSums = .init(sums: sums, epilogue: joined.epilogue)
                }
                if hasJoined { break }
            }
        }
    }

    private static func isTransposed(_ operand: Tensor, in product: Tensor) -> Bool {
        guard case .matmul(transposeA: true, _, _) = product.operation else { return false }
        return product.shape.rank == 2 && product.operands[0] == operand
    }
}
