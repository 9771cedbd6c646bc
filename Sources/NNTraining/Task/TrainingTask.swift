import NNGraph
import NNModel

/// What one of a model's outputs is to become: its loss, and what is reported of it.
public struct Objective: Sendable {
    /// The name of the output.
    public let output: String
    /// The name of what it is compared with in the data.
    public let target: String
    /// How far they are apart.
    public let loss: any Loss
    /// What the loss is multiplied by in the sum over all objectives.
    public let weight: Double
    /// What is reported besides the loss.
    public let metrics: [any Metric]

    /// What the targets of a data set with one kind of them are called: `targets`.
    public static let targetName = "targets"

    /// Describes an objective; without `metrics` those of the loss are reported.
    public init(
        output: String = Network.outputName, target: String = Objective.targetName,
        loss: any Loss, weight: Double = 1, metrics: [any Metric]? = nil
    ) {
        self.output = output
        self.target = target
        self.loss = loss
        self.weight = weight
        self.metrics = metrics ?? loss.metrics
    }
}

/// What a model is trained for: one objective, or several whose weighted losses are added.
public struct TrainingTask: Sendable {
    /// The objectives, at least one.
    public let objectives: [Objective]

    /// A task with several objectives.
    public init(_ objectives: [Objective]) {
        self.objectives = objectives
    }

    /// The loss of the only output.
    public init(_ loss: any Loss) {
        objectives = [Objective(loss: loss)]
    }

    /// The loss of the first output: of a model with one output, the loss.
    public var loss: any Loss { objectives[0].loss }

    /// The same task, of which a model of language reports the perplexity in place of what its losses suggest.
    public func reportingPerplexity(of network: Network) -> TrainingTask {
        guard network.inputs[0].tokenizer != nil else { return self }
        return TrainingTask(
            objectives.map { objective in
                guard objective.loss is CrossEntropy else { return objective }
                return Objective(
                    output: objective.output, target: objective.target, loss: objective.loss,
                    weight: objective.weight, metrics: [Perplexity()])
            })
    }
}

// MARK: - In a graph

/// The losses of a batch, and what is added up of it.
package struct TaskTerms {
    /// The losses of each objective.
    let losses: [LossTerms]
    /// What the training makes small.
    private let weights: [Double]
    private let metrics: [[MetricTerms]]

    private static let origin = Origin("the loss")

    /// Compares outputs with leaves for the targets, which get the names of ``Objective/target``.
    package init(_ task: TrainingTask, outputs: NamedTensors) throws {
        var targets: [String: Tensor] = [:]
        var (losses, metrics) = ([LossTerms](), [[MetricTerms]]())
        for objective in task.objectives {
            let output = try outputs[objective.output]
            let type = try objective.loss.targetType(for: output.shape)
            let target =
                try targets[objective.target]
                ?? .input(objective.target, type.shape, type.elementType)
            targets[objective.target] = target
            losses.append(
                try Origin.within(Self.origin) { try objective.loss.terms(output, target) })
            metrics.append(
                try objective.metrics.map { metric in
                    try Origin.within(Origin("the metric \(metric.name)")) {
                        try metric.sums(output, target)
                    }
                })
        }
        self.losses = losses
        self.metrics = metrics
        weights = task.objectives.map(\.weight)
    }

    /// The loss of the batch: the weighted sum of the objectives' means.
    package func mean() throws -> Tensor {
        try Origin.within(Self.origin) {
            try total(losses.map { try $0.mean() })
        }
    }

    /// The weighted sum of a number of each objective.
    func total(_ numbers: [Tensor]) throws -> Tensor {
        let parts = try zip(numbers, weights).map { $1 == 1 ? $0 : try $0 * $1 }
        return try parts.dropFirst().reduce(parts[0]) { try $0 + $1 }
    }

    /// What is added up over the batch, in the order of a ``TaskLayout``.
    func sums() throws -> Tensor {
        var parts: [Tensor] = []
        var columns: [Tensor] = []
        func addColumns() throws {
            guard let first = columns.first else { return }
            let count = first.shape.count
            let rows = try concatenate(columns.map { try $0.reshape([1, count]) })
            parts.append(try rows.sum([1]))
            columns = []
        }
        func add(_ column: Tensor) throws {
            if let first = columns.first, first.shape.count != column.shape.count {
                try addColumns()
            }
            columns.append(column)
        }
        for (loss, metrics) in zip(losses, metrics) {
            for column in [loss.values, loss.weights].compactMap(\.self) { try add(column) }
            for metric in metrics {
                switch metric {
                case .each(let own): for column in own { try add(column) }
                case .total(let vector):
                    try addColumns()
                    parts.append(vector)
                }
            }
        }
        try addColumns()
        return parts.count == 1 ? parts[0] : try concatenate(parts)
    }

    /// Which elements of what ``sums()`` adds up are what.
    func layout(of task: TrainingTask) -> TaskLayout {
        var end = 0
        func next(_ count: Int) -> Range<Int> {
            defer { end += count }
            return end..<end + count
        }
        let parts = zip(task.objectives, zip(losses, metrics)).map { objective, terms in
            TaskLayout.Part(
                objective: objective, loss: next(1).lowerBound,
                weights: terms.0.weights.map { _ in next(1).lowerBound },
                elements: terms.0.values.shape.count,
                metrics: zip(objective.metrics, terms.1).map { metric, terms in
                    switch terms {
                    case .each(let columns):
                        TaskLayout.MetricPart(
                            metric: metric, range: next(columns.count),
                            elements: columns.first?.shape.count ?? 1)
                    case .total(let vector):
                        TaskLayout.MetricPart(
                            metric: metric, range: next(vector.shape.count), elements: 1)
                    }
                })
        }
        return TaskLayout(parts: parts, count: end)
    }
}
