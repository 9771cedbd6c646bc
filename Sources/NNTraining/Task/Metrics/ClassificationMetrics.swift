import NNGraph

/// The share of right predictions.
///
/// The prediction is the first of the largest logits, or for decisions a yes where the logit is positive.
public struct Accuracy: Metric {
    /// `accuracy`.
    public let name = "accuracy"
    private let meaning: OutputMeaning
    private let reading: LabelReading

    /// Creates the metric for outputs of a meaning; targets of the ignored label count neither way.
    public init(of meaning: OutputMeaning, ignoredLabel: Int? = nil, softTargets: Bool = false) {
        self.meaning = meaning
        reading = LabelReading(ignoredLabel: ignoredLabel, hasSoftTargets: softTargets)
    }

    /// Right predictions, and what counts if not all does.
    public func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms {
        guard meaning == .classes else {
            let prediction = try compare(outputs.reshape(targets.shape), .greater, .constant(0))
            return .each([try compare(prediction, .equal, targets)])
        }
        let isRight = try compare(outputs.argmax(), .equal, reading.labels(targets))
        return .each(try reading.counted(isRight, targets))
    }

    /// Right ones in all.
    public func value(of sums: [Double], loss: Double, count: Double) -> Double {
        LabelReading.share(sums, count)
    }
}

/// The share of labels that are among the k largest logits; of equal logits the first count.
public struct TopK: Metric {
    /// `top-5`.
    public var name: String { "top-\(k)" }
    /// How many logits count.
    public let k: Int
    private let reading: LabelReading

    /// Creates the metric; targets of the ignored label count neither way, and of soft targets the largest is the label.
    public init(_ k: Int, ignoredLabel: Int? = nil, softTargets: Bool = false) {
        self.k = k
        reading = LabelReading(ignoredLabel: ignoredLabel, hasSoftTargets: softTargets)
    }

    /// Whether fewer than k logits come before that of the label.
    public func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms {
        let classes = try outputs.classCount
        let labels = try reading.labels(targets)
        let label = try labels.convert(to: .float).reshape(Shape(labels.shape.dimensions + [1]))
        let positions = try Tensor.constant((0..<classes).map { Double($0) }, [classes])
        let isLabel = try compare(positions, .equal, label)
        let last = outputs.shape.rank - 1
        let logit = try select(isLabel, outputs, .constant(0)).sum([last], keepingAxes: true)
        let isTie = try compare(outputs, .equal, logit) * compare(positions, .less, label)
        let before = try (compare(outputs, .greater, logit) + isTie).sum([last])
        // A label that no logit belongs to, or a logit that is NaN, is never among them.
        let isKnown = try (isLabel * compare(outputs, .equal, outputs)).sum([last])
        let isAmong = try compare(before, .less, .constant(Double(k))) * isKnown
        return .each(try reading.counted(isAmong, targets))
    }

    /// Those in all.
    public func value(of sums: [Double], loss: Double, count: Double) -> Double {
        LabelReading.share(sums, count)
    }
}

/// How often each class is predicted for each label, [label, prediction] row by row; as a number, the mean over
/// the labels that occur of the share that is predicted right (balanced accuracy).
public struct ConfusionMatrix: Metric {
    /// `confusion`.
    public let name = "confusion"
    private let reading: LabelReading

    /// Creates the metric; targets of the ignored label are left out, and of soft targets the largest is the label.
    public init(ignoredLabel: Int? = nil, softTargets: Bool = false) {
        reading = LabelReading(ignoredLabel: ignoredLabel, hasSoftTargets: softTargets)
    }

    /// The matrix of a batch in a row.
    public func sums(_ outputs: Tensor, _ targets: Tensor) throws -> MetricTerms {
        let classes = try outputs.classCount
        let positions = try Tensor.constant((0..<classes).map { Double($0) }, [classes])
        func rows(_ labels: Tensor) throws -> Tensor {
            try compare(
                labels.convert(to: .float).reshape([labels.shape.count, 1]), .equal, positions)
        }
        var right = try rows(reading.labels(targets))
        if let counts = try reading.counts(targets) {
            right = try right * counts.reshape([counts.shape.count, 1])
        }
        let matrix = try matmul(right, rows(outputs.argmax()), transposeA: true)
        return .total(try matrix.reshape([classes * classes]))
    }

    /// The mean of the diagonal over the sums of rows.
    public func value(of sums: [Double], loss: Double, count: Double) -> Double {
        let classes = Int(Double(sums.count).squareRoot())
        let shares = (0..<classes).compactMap { label -> Double? in
            let row = sums[label * classes..<(label + 1) * classes]
            let all = row.reduce(0, +)
            return all > 0 ? sums[label * classes + label] / all : nil
        }
        return shares.reduce(0, +) / Double(shares.count)
    }
}

/// How targets are read where one class is right.
private struct LabelReading: Sendable {
    let ignoredLabel: Int?
    let hasSoftTargets: Bool

    /// The right classes.
    func labels(_ targets: Tensor) throws -> Tensor {
        hasSoftTargets ? try targets.argmax() : targets
    }

    /// 1 for each label that counts, else 0; nil if all do.
    func counts(_ targets: Tensor) throws -> Tensor? {
        try ignoredLabel.map { try 1 - labels(targets).isLabel($0) }
    }

    /// What is added up: ones that are right, and what counts if not all does.
    func counted(_ isRight: Tensor, _ targets: Tensor) throws -> [Tensor] {
        try counts(targets).map { [try isRight * $0, $0] } ?? [isRight]
    }

    /// The right ones in all, of `count` or of those that count.
    static func share(_ sums: [Double], _ count: Double) -> Double {
        sums[0] / (sums.count > 1 ? sums[1] : count)
    }
}
