import NNFiles
import NNGraph

/// What training makes small: how far one of the model's outputs is from its targets.
///
/// A loss of one's own says what each element's loss is, and goes through the trainer, its checkpoints, its search
/// for NaN, its audit and the gradient check like those that are built in:
///
///     struct LogCosh: Loss {
///         func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
///             let error = try outputs - targets
///             return LossTerms(try error + softplus(error * -2.0) - 0.6931471805599453)
///         }
///     }
public protocol Loss: Codable, Sendable {
    /// What the kind is called in a saved model, such as `mse`; by default the name of the type.
    static var typeName: String { get }

    /// The type of the targets of a batch for outputs [batch, …]; by default numbers of the same shape.
    ///
    /// - Throws: ``LossError`` for outputs that the loss cannot use.
    func targetType(for outputs: Shape) throws -> TensorType

    /// The losses of a batch, of which the weighted mean is made small.
    func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms

    /// What the outputs stand for; by default numbers.
    var meaning: OutputMeaning { get }

    /// What is reported besides the loss; by default what suits the meaning.
    var metrics: [any Metric] { get }

    /// Looks whether all targets are of the kind that the loss compares with; by default labels have to be whole
    /// numbers of at least 0.
    ///
    /// - Parameters:
    ///   - targets: The targets of all samples in a row.
    ///   - place: Where they come from.
    ///   - outputs: The shape of the outputs for a batch of one.
    /// - Throws: ``LossError`` or ``DataError`` for targets that are not.
    func check(_ targets: [Float], from place: TargetPlace, outputs: Shape) throws
}

/// What the outputs of a model stand for.
public enum OutputMeaning: String, Sendable, Codable {
    /// Logits along the last axis, one for each class, of which one is right.
    case classes
    /// Logits, each of a yes or a no of its own.
    case decisions
    /// The numbers themselves.
    case numbers
}

/// Where targets come from, for messages.
public struct TargetPlace: Sendable {
    /// The name of the data set.
    public let dataset: String
    /// The number of targets of one sample.
    public let width: Int
}

/// The losses of a batch before they are averaged.
public struct LossTerms: Sendable {
    /// The losses [batch, …], each already times its weight.
    public let values: Tensor
    /// What each counts in the mean, of the same shape; nil where each counts 1.
    public let weights: Tensor?

    /// Losses with weights.
    public init(_ values: Tensor, weights: Tensor? = nil) {
        self.values = values
        self.weights = weights
    }

    /// `Σ values / Σ weights`; NaN where all weights are 0, as in PyTorch.
    public func mean() throws -> Tensor {
        try weights.map { try values.sum() / $0.sum() } ?? values.mean()
    }
}

extension Loss {
    /// The name of the Swift type.
    public static var typeName: String { String(describing: Self.self) }

    /// Numbers in the shape of the outputs.
    public func targetType(for outputs: Shape) throws -> TensorType { TensorType(outputs) }

    /// Numbers.
    public var meaning: OutputMeaning { .numbers }

    /// The share of right predictions where there are classes or decisions.
    public var metrics: [any Metric] { meaning == .numbers ? [] : [Accuracy(of: meaning)] }

    /// Labels have to be whole numbers of at least 0.
    public func check(_ targets: [Float], from place: TargetPlace, outputs: Shape) throws {
        guard try targetType(for: outputs).elementType == .int32 else { return }
        try place.checkLabels(targets) { $0 >= 0 }
    }

    /// Whether predictions are right or wrong.
    public var isClassification: Bool { meaning != .numbers }
}

extension TargetPlace {
    /// Throws ``DataError/label(dataset:sample:value:)`` unless each target is a whole number that is allowed.
    public func checkLabels(_ targets: [Float], _ isAllowed: (Float) -> Bool) throws {
        // From 2²⁴ on `Float` skips whole numbers, so two classes could have become one.
        if let place = targets.firstIndex(where: {
            !(abs($0) < 0x1p24) || $0 != $0.rounded() || !isAllowed($0)
        }) {
            throw DataError.label(dataset: dataset, sample: place / width, value: targets[place])
        }
    }
}
