/// How well a model does on some samples.
public struct Evaluation: Sendable, Equatable {
    /// The mean loss, of several objectives the sum of theirs by their weights; not a finite number where that of a
    /// sample is none.
    public let loss: Double
    /// What is reported besides, in the order of the objectives; of several the loss of each as well.
    public let metrics: [Value]
    /// The number of samples.
    public let count: Int
    /// How many of them have a loss that is not finite, where that was counted (``Trainer/judge(_:batchSize:)``).
    public internal(set) var nonFiniteCount = 0

    /// One metric.
    public struct Value: Sendable, Equatable {
        /// What it is called, such as `accuracy`; of several objectives with the output in front: `kind.accuracy`.
        public let name: String
        /// What it comes to.
        public let value: Double
        /// The sums that it is made of.
        public let sums: [Double]
    }

    /// The metric of that name, if it is reported.
    public func metric(_ name: String) -> Double? {
        metrics.first { $0.name == name }?.value
    }

    /// The share of right predictions; nil where there are no classes, or several objectives.
    public var accuracy: Double? { metric("accuracy") }
    /// Among how many equally likely tokens a model of language is undecided; nil where there are no tokens, or several
    /// objectives.
    public var perplexity: Double? { metric("perplexity") }
}
