import NNGraph

/// Softmax cross-entropy and its gradient by the same logits and labels share one pass over each row.
enum CrossEntropyPairRule: FusionRule {
    static let name = "pair losses with gradients"
    static let predecessors: [any FusionRule.Type] = []

    static func apply(to fusion: inout Fusion) {
        for loss in fusion.nodes where loss.operation == .softmaxCrossEntropy {
            fusion.startGroup(loss) { $0.loss = .init(value: loss, gradient: nil) }
            let gradient = fusion.readers(of: loss.operands[0]).first {
                $0.operation == .softmaxCrossEntropyGradient
                    && Array($0.operands.prefix(2)) == loss.operands
                    && fusion.group(of: $0) == nil
            }
            guard let gradient else { continue }
            _ = fusion.join(gradient, .beside, loss) {
                $1.loss = .init(value: loss, gradient: gradient)
            }
        }
        for gradient in fusion.nodes
        where gradient.operation == .softmaxCrossEntropyGradient
            && fusion.group(of: gradient) == nil
        {
            fusion.startGroup(gradient) { $0.loss = .init(value: nil, gradient: gradient) }
        }
    }
}
