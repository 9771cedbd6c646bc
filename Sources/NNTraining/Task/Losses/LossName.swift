/// The losses to choose from by name, without options.
public enum LossName: String, CaseIterable, Sendable {
    /// ``CrossEntropy``.
    case crossEntropy = "softmax-cross-entropy"
    /// ``BinaryCrossEntropy``.
    case binaryCrossEntropy = "binary-cross-entropy"
    /// ``MeanSquaredError``.
    case meanSquaredError = "mse"
    /// ``MeanAbsoluteError``.
    case meanAbsoluteError = "mae"
    /// ``Huber`` with δ = 1.
    case huber

    /// The loss.
    public var loss: any Loss {
        switch self {
        case .crossEntropy: CrossEntropy()
        case .binaryCrossEntropy: BinaryCrossEntropy()
        case .meanSquaredError: MeanSquaredError()
        case .meanAbsoluteError: MeanAbsoluteError()
        case .huber: Huber()
        }
    }
}
