import NNGraph

extension FusionPlan {
    /// A product that reads the transpose of a matrix takes the sums of its columns along: a weight
    /// gradient `dYᵀ · X` takes the gradient of the bias.
    ///
    /// So the sums need no launch of their own, which would read again what the product reads.
    mutating func joinColumnSums() {
        for sums in graph.nodes {
            guard case .reduce(.sum, [0]) = sums.operation, let own = groupOf[sums],
                let product = consumers[sums.operands[0]]?.first(where: { takes(own, along: $0) }),
                let group = groupOf[product]
            else { continue }
            join(own.members, to: group)
            group.columnSums = sums
        }
    }

    private func takes(_ sums: Group, along product: Tensor) -> Bool {
        // A product of one column has results of the sums' size: one could be written in place where
        // the other's epilogue reads the old value, unseen by the rule that forbids it.
        guard case .matmul(transposeA: true, _) = product.operation, product.shape.rank == 2,
            product.shape[1] > 1, product.operands[0] == sums.source?.operands[0],
            let group = groupOf[product], group.columnSums == nil
        else { return false }
        return fits(group.members + sums.members)
            && !reaches(sums.members) { groupOf[$0] === group }
            && !reaches(group.members) { groupOf[$0] === sums }
    }
}
