import NNGraph

/// A step that gives numbers that are not finite, and where they come from.
public struct Divergence: Sendable, Equatable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The step, counted from 1 over all epochs.
    public let step: Int
    /// The first operation whose result is not finite; nil if the reference, from the same parameters
    /// and samples, computes finite numbers only.
    public let source: Source?

    /// An operation and what it belongs to.
    public struct Source: Sendable, Equatable {
        /// The operation, such as `matmul`.
        public let operation: String
        /// NaN or an infinity, as text.
        public let number: String
        /// The layer or the other part of the step, with its line in the source where it has one.
        public let origin: Origin?
    }

    /// What happened, without what to do about it.
    var sentence: String {
        "step \(step), in epoch \(epoch), gives numbers that are not finite"
            + (source.map {
                ": the first is \($0.number), from \($0.operation)"
                    + ($0.origin.map { " in \($0)" } ?? "")
            } ?? " on this device, but not on the reference")
    }
}

/// How a training went on after a step that was not finite.
public struct Recovery: Sendable, CustomStringConvertible {
    /// The step.
    public let divergence: Divergence
    /// The last step that still counts.
    public let lastStep: Int
    /// What the schedule's learning rates are multiplied by from now on.
    public let rateFactor: Double
    /// Whether nothing but the step was given up.
    public let isSkipped: Bool

    /// One sentence for the user.
    public var description: String {
        (isSkipped
            ? "skipped a step: "
            : "went back to step \(lastStep), learning rate times \(rateFactor): ")
            + divergence.sentence
    }
}
