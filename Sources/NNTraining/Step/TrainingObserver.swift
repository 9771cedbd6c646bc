/// Something that a training spends time on.
public enum TrainingActivity: Sendable, Equatable {
    /// Bringing the batch of a step in place and enqueueing the step.
    case step(Int)
    /// The part of it that brings the batch in place.
    case batch(step: Int)
    /// Waiting for threads to bring the samples of a step; part of bringing its batch in place.
    case samples(step: Int)
    /// Putting the samples into the order of an epoch, counted from 1; part of bringing its first
    /// batch in place.
    case order(epoch: Int)
    /// Waiting for the losses of the steps up to this one.
    case losses(step: Int)
    /// Evaluating after a step.
    case evaluation(step: Int)
    /// Reading the state after a step from the device, for a checkpoint.
    case snapshot(step: Int)
    /// Writing the checkpoint of a step to the disk, beside the training.
    case checkpoint(step: Int)
}

/// Is told what a training does.
///
/// It is called on the thread that trains, but for ``TrainingActivity/checkpoint(step:)``, which has a
/// thread of its own.
public protocol TrainingObserver: AnyObject, Sendable {
    /// Notes something that is done now.
    ///
    /// What fails is not noted.
    ///
    /// - Throws: What shall end the training.
    func note(
        _ activity: TrainingActivity, from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) throws
}

extension (any TrainingObserver)? {
    /// Does something and notes when; nobody looks at the clock where nobody observes.
    func during<Result>(
        _ activity: TrainingActivity, _ work: () throws -> Result
    ) throws -> Result {
        guard let self else { return try work() }
        let start = ContinuousClock.now
        let result = try work()
        try self.note(activity, from: start, to: .now)
        return result
    }
}
