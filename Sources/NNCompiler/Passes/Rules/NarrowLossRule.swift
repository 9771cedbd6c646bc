import NNGraph

/// If the last layer has few outputs, the kernel of its product also computes loss, gradient and
/// prediction of each row, and what follows these element by element, while the row is in cache.
enum NarrowLossRule: FusionRule {
    static let name = "join narrow losses"
    static let predecessors: [any FusionRule.Type] = [
        CrossEntropyPairRule.self, EpilogueRule.self, ColumnSumsRule.self,
    ]

    /// The columns up to which one unit of work has whole rows of logits.
    static let widest = 64

    static func apply(to fusion: inout Fusion) {
        for loss in fusion.nodes where loss.operation == .softmaxCrossEntropy {
            let logits = loss.operands[0]
            guard let group = fusion.group(of: logits), let source = group.source,
                source.operation.isProduct, logits.shape == source.shape,
                logits.shape.rank == 2, logits.shape[1] <= widest,
                group.columnSums == nil, group.loss == nil
            else { continue }
            let hasJoined = fusion.join(loss, .following, logits) { joined, group in
                group.loss = joined.loss
            }
            if hasJoined { joinResults(of: loss, logits, in: &fusion) }
        }
    }

    private static func joinResults(
        of loss: Tensor, _ logits: Tensor, in fusion: inout Fusion
    ) {
        var results = [loss]
        let prediction = fusion.readers(of: logits).first { $0.operation == .argmax(axis: 1) }
        if let prediction,
            fusion.join(prediction, .following, logits, as: { $1.loss?.prediction = prediction })
        {
            results.append(prediction)
        }
        for result in results {
            for reader in fusion.readers(of: result) {
                guard let own = fusion.group(of: reader), own.isElementwise,
                    own.epilogue[0].shape == loss.shape
                else { continue }
                _ = fusion.join(reader, .following, logits) { joined, group in
                    group.loss?.epilogue += joined.epilogue
                }
            }
        }
    }
}
