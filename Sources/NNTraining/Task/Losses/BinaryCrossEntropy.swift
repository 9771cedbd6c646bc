import NNGraph

/// `w · y · softplus(−x) + (1 − y) · softplus(x)` for each logit: [batch, …] against as many probabilities of a yes, as
/// `torch.nn.BCEWithLogitsLoss`.
///
/// Several logits a sample are decisions of their own: multi-label classification.
public struct BinaryCrossEntropy: Loss, Equatable {
    /// What the kind is called in a saved model.
    public static let typeName = "binary-cross-entropy"

    /// What a yes counts for each decision, or one number for all, w.
    public let positiveWeight: [Double]

    /// Creates a loss.
    public init(positiveWeight: [Double] = [1]) {
        self.positiveWeight = positiveWeight
    }

    /// Each logit is a decision.
    public var meaning: OutputMeaning { .decisions }

    /// One number for each logit; of a single one a sample, [batch].
    public func targetType(for outputs: Shape) throws -> TensorType {
        let logits = outputs.dimensions.dropFirst().reduce(1, *)
        guard positiveWeight.count == 1 || positiveWeight.count == outputs.dimensions.last,
            positiveWeight.allSatisfy({ $0 > 0 && $0.isFinite })
        else {
            throw LossError.option(
                loss: Self.typeName, name: "positive weight", value: "\(positiveWeight.prefix(8))",
                expected: "a positive number, or one for each output")
        }
        return TensorType(logits == 1 ? Shape(Array(outputs.dimensions.prefix(1))) : outputs)
    }

    /// The loss of each logit.
    public func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        // Two terms, of which a target of 0 or 1 leaves one: the gradient of the textbook's
        // max(x, 0) − x·y + log(1 + e^−|x|) is a difference that cancels where x is large.
        let x = try outputs.reshape(targets.shape)
        var yes = try targets * softplus(-x)
        if positiveWeight != [1] {
            yes =
                try yes
                * (positiveWeight.count == 1
                    ? .constant(positiveWeight[0])
                    : .constant(positiveWeight, [positiveWeight.count]))
        }
        return LossTerms(try yes + (1 - targets) * softplus(x))
    }

    /// Numbers from 0 to 1.
    public func check(_ targets: [Float], from place: TargetPlace, outputs: Shape) throws {
        if let bad = targets.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
            throw LossError.notBinary(
                dataset: place.dataset, sample: bad / place.width, value: targets[bad])
        }
    }
}

extension Loss where Self == BinaryCrossEntropy {
    /// Binary cross-entropy without options.
    public static var binaryCrossEntropy: BinaryCrossEntropy { BinaryCrossEntropy() }
}
