import NNGraph

/// `logSumExp(x) − x[label]`: logits [batch, …, classes] against int32 labels [batch, …], as
/// `torch.nn.CrossEntropyLoss`.
///
///     loss = Σᵢ wᵢ · ((1 − ε) · −log p(yᵢ)) + ε/C · Σ_c w_c · −log pᵢ(c)  /  Σᵢ wᵢ
public struct CrossEntropy: Loss, Equatable {
    /// What the kind is called in a saved model.
    public static let typeName = "softmax-cross-entropy"

    /// How much of each target is spread evenly over all classes, ε, from 0 up to 1.
    public let labelSmoothing: Double
    /// What a sample of each class counts, [classes]; nil where all count the same.
    public let classWeights: [Double]?
    /// The label of what does not count at all.
    public let ignoredLabel: Int?
    /// Whether the targets are probabilities [batch, …, classes] in place of labels.
    public let hasSoftTargets: Bool

    /// Creates a loss.
    public init(
        labelSmoothing: Double = 0, classWeights: [Double]? = nil, ignoredLabel: Int? = nil,
        softTargets: Bool = false
    ) {
        self.labelSmoothing = labelSmoothing
        self.classWeights = classWeights
        self.ignoredLabel = ignoredLabel
        self.hasSoftTargets = softTargets
    }

    /// One class is right.
    public var meaning: OutputMeaning { .classes }

    /// The share of right predictions among what counts.
    public var metrics: [any Metric] {
        [Accuracy(of: .classes, ignoredLabel: ignoredLabel, softTargets: hasSoftTargets)]
    }

    /// Labels, or probabilities of the outputs' shape.
    public func targetType(for outputs: Shape) throws -> TensorType {
        guard outputs.rank >= 2, let classes = outputs.dimensions.last else {
            throw LossError.outputs(
                loss: Self.typeName, found: outputs, expected: "one row of logits for each label")
        }
        guard (0..<1).contains(labelSmoothing) else {
            throw LossError.option(
                loss: Self.typeName, name: "label smoothing", value: "\(labelSmoothing)",
                expected: "a number from 0 up to but not including 1")
        }
        if let classWeights {
            guard classWeights.count == classes,
                classWeights.allSatisfy({ $0 >= 0 && $0.isFinite })
            else {
                throw LossError.option(
                    loss: Self.typeName, name: "class weights", value: "\(classWeights.prefix(8))",
                    expected: "\(classes) numbers of at least 0")
            }
        }
        // Of one class the probability is 1 whatever the logit.
        if hasSoftTargets, classes < 2 {
            throw LossError.outputs(
                loss: Self.typeName, found: outputs,
                expected: "at least 2 outputs, as its targets are probabilities of classes")
        }
        if hasSoftTargets, ignoredLabel != nil {
            throw LossError.option(
                loss: Self.typeName, name: "ignored label", value: "\(ignoredLabel ?? 0)",
                expected: "none, as the targets are probabilities")
        }
        return hasSoftTargets
            ? TensorType(outputs) : TensorType(Shape(Array(outputs.dimensions.dropLast())), .int32)
    }

    /// The loss of each row of logits, and its weight.
    public func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
        if hasSoftTargets { return LossTerms(try soft(outputs, targets)) }
        let counts = try ignoredLabel.map { try 1 - targets.isLabel($0) }
        // What is ignored gets a label that exists: its loss is a number, of which nothing is taken.
        let labels =
            try counts.map { try select($0, targets.convert(to: .float), .constant(0)) }
            .map { try $0.convert(to: .int32) } ?? targets
        let weights = try classWeights.map { try Tensor.constant($0, [$0.count]).gather(labels) }
        var values = try softmaxCrossEntropy(outputs, labels)
        if let weights { values = try values * weights }
        if labelSmoothing > 0 {
            let spread = try weighted(-logSoftmax(outputs)).sum([outputs.shape.rank - 1])
            values =
                try values * (1 - labelSmoothing)
                + spread * (labelSmoothing / Double(try outputs.classCount))
        }
        guard let counts else { return LossTerms(values, weights: weights) }
        return LossTerms(
            try select(counts, values, .constant(0)),
            weights: try weights.map { try $0 * counts } ?? counts)
    }

    private func soft(_ outputs: Tensor, _ targets: Tensor) throws -> Tensor {
        let classes = Double(try outputs.classCount)
        let smoothed =
            labelSmoothing == 0
            ? targets : try targets * (1 - labelSmoothing) + labelSmoothing / classes
        return try weighted(-logSoftmax(outputs) * smoothed).sum([outputs.shape.rank - 1])
    }

    private func weighted(_ rows: Tensor) throws -> Tensor {
        try classWeights.map { try rows * .constant($0, [$0.count]) } ?? rows
    }

    /// Labels that the outputs have a logit for, or probabilities.
    public func check(_ targets: [Float], from place: TargetPlace, outputs: Shape) throws {
        let classes = outputs.dimensions.last ?? 1
        guard !hasSoftTargets else {
            if let bad = targets.firstIndex(where: { !($0 >= 0 && $0 <= 1) }) {
                throw LossError.notAProbability(
                    dataset: place.dataset, sample: bad / place.width, value: targets[bad])
            }
            return
        }
        let ignored = ignoredLabel.map { Float($0) }
        try place.checkLabels(targets) { $0 >= 0 || $0 == ignored }
        if let bad = targets.firstIndex(where: { $0 >= Float(classes) && $0 != ignored }) {
            throw LossError.labelWithoutOutput(
                dataset: place.dataset, sample: bad / place.width, label: Int32(targets[bad]),
                outputs: classes)
        }
    }
}

extension Loss where Self == CrossEntropy {
    /// Softmax cross-entropy without options.
    public static var crossEntropy: CrossEntropy { CrossEntropy() }
}

extension Tensor {
    /// 1 where the labels are this one, else 0.
    func isLabel(_ label: Int) throws -> Tensor {
        try compare(
            self, .equal, Tensor(.constant([Double(label)], TensorType(.scalar, .int32))))
    }

    /// The extent of the last axis.
    var classCount: Int {
        get throws { shape.dimensions.last ?? 1 }
    }
}
