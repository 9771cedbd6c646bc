import NNGraph

/// What training makes small: how far the model's outputs are from the targets.
public enum Loss: String, CaseIterable, Codable, Sendable {
    /// `logSumExp(x) − x[label]`: logits [batch, classes] against int32 labels [batch].
    case softmaxCrossEntropy = "softmax-cross-entropy"
    /// `y · softplus(−x) + (1 − y) · softplus(x)`: logits [batch, 1] against 0 or 1 [batch].
    case binaryCrossEntropy = "binary-cross-entropy"
    /// The mean over the outputs of `(x − y)²`: [batch, outputs] against the same shape.
    case meanSquaredError = "mse"

    /// Whether the targets are classes, so that predictions are right or wrong.
    public var isClassification: Bool { self != .meanSquaredError }

    /// The type of the targets of a batch for outputs of the given shape.
    public func targetType(for outputs: Shape) -> TensorType {
        switch self {
        case .softmaxCrossEntropy: TensorType(Shape(Array(outputs.dimensions.dropLast())), .int32)
        case .binaryCrossEntropy: TensorType(Shape(Array(outputs.dimensions.prefix(1))))
        case .meanSquaredError: TensorType(outputs)
        }
    }

    /// The loss of each sample [batch]; the loss of a batch is their mean, as in PyTorch.
    public func ofEachSample(_ outputs: Tensor, _ targets: Tensor) throws -> Tensor {
        switch self {
        case .softmaxCrossEntropy:
            return try NNGraph.softmaxCrossEntropy(outputs, targets)
        case .binaryCrossEntropy:
            // Two terms, of which a target of 0 or 1 leaves one: the gradient of the textbook's
            // max(x, 0) − x·y + log(1 + e^−|x|) is a difference that cancels where x is large.
            let x = try outputs.reshape(targets.shape)
            return try targets * softplus(-x) + (1 - targets) * softplus(x)
        case .meanSquaredError:
            let difference = try outputs - targets
            return try (difference * difference).mean(Array(1..<outputs.shape.rank))
        }
    }

    /// 1 for each sample whose class is predicted, else 0 [batch]; nil if there are no classes.
    ///
    /// The prediction is the first largest logit, or class 1 where the only logit is positive.
    public func isCorrect(_ outputs: Tensor, _ targets: Tensor) throws -> Tensor? {
        switch self {
        case .softmaxCrossEntropy:
            return try compare(outputs.argmax(), .equal, targets)
        case .binaryCrossEntropy:
            let prediction = try compare(outputs.reshape(targets.shape), .greater, .constant(0))
            return try compare(prediction, .equal, targets)
        case .meanSquaredError:
            return nil
        }
    }
}
