import NNGraph

extension FusionPlan {
    /// The columns up to which one unit of work has whole rows of logits.
    static let narrowest = 64

    /// A narrow product takes along what is made of its rows as logits: the losses, their gradient,
    /// the predictions, and what is computed of these element by element.
    ///
    /// The kernel of a product finds the row in a cache that others would read from memory.
    mutating func joinLosses() {
        for loss in graph.nodes where loss.operation == .softmaxCrossEntropy {
            let logits = loss.operands[0]
            let members = groupOf[loss]?.members ?? [loss]
            guard let group = groupOf[logits], let source = group.source,
                source.operation.isProduct, logits.shape == source.shape,
                logits.shape.rank == 2, logits.shape[1] <= Self.narrowest,
                group.columnSums == nil, group.loss == nil, canFollow(members, group)
            else { continue }
            join(members, to: group)
            let prediction = consumers[logits]?.first { $0.operation == .argmax(axis: 1) }
            if let prediction, canFollow([prediction], group) { join([prediction], to: group) }
            for result in [loss, prediction].compactMap(\.self) where groupOf[result] === group {
                for reader in consumers[result] ?? [] {
                    guard let own = groupOf[reader], own.isElementwise, own.shape == loss.shape,
                        canFollow(own.members, group)
                    else { continue }
                    join(own.members, to: group)
                }
            }
        }
    }
}
