/// Where a training is.
public struct TrainingProgress: Sendable {
    /// The epoch, counted from 1.
    public let epoch: Int
    /// The step within the epoch, counted from 1.
    public let stepInEpoch: Int
    /// The steps of an epoch.
    public let stepsPerEpoch: Int
    /// The step, counted from 1 over all epochs.
    public let step: Int
    /// The last step that the training will take.
    public let lastStep: Int
    /// The learning rate of the step.
    public let learningRate: Double
    /// How the samples since the last report did, each before the step that it was part of.
    public let recent: Evaluation
    /// The same for all samples of the epoch so far.
    public let epochSoFar: Evaluation
    /// The training speed since the last report.
    public let samplesPerSecond: Double
    /// How the validation samples do at the end of an epoch, where there are any.
    public let validation: Evaluation?
}

/// How a training ended.
public struct TrainingResult: Sendable {
    /// Why it ended.
    public enum Ending: Sendable, Equatable {
        /// It came to the step where it should end.
        case completed
        /// The validation loss has not become smaller for long enough.
        case stoppedEarly
        /// It was asked to stop.
        case interrupted
    }

    /// Why it ended.
    public let ending: Ending
    /// The step of the end, counted from the first of all.
    public let step: Int
    /// The last report, if there was any.
    public let progress: TrainingProgress?
    /// The epoch of the smallest validation loss, counted from 1; nil if patience was not asked for, or
    /// no such loss was a number.
    public let bestEpoch: Int?
    /// What was done about steps that were not finite.
    public let recoveries: Recoveries
    /// How long the steps had to wait for threads to bring their samples; nil where all of them were on the device.
    public let waitedForSamples: Duration?
}
