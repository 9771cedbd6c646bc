import NNFiles

extension Trainer {
    /// Trains from the step reached so far to where the options say that the training ends.
    ///
    /// - Parameters:
    ///   - dataset: The samples to learn from.
    ///   - validation: Samples to evaluate on after every epoch.
    ///   - options: How long and in which portions to train.
    ///   - checkpoints: Where to keep what a training can be resumed from: every so many steps, at
    ///     the end, and when it is asked to stop.
    ///   - observer: Told what the training does and when.
    ///   - report: Called whenever the loss has been read.
    ///   - checkpointFailed: Called when a checkpoint could not be written, with the reason; the training
    ///     goes on and tries again with the next one, unless this throws.
    ///   - recovered: Called when a step that was not finite has been left out or undone.
    ///   - shouldStop: Asked before every step; the training ends when it says so, or when the task that it runs
    ///     in is cancelled.
    /// - Returns: How the training ended.
    /// - Throws: ``TrainingError/diverged(_:)`` if a step is not finite and the training is to stop,
    ///   ``TrainingError/alreadyThere(step:end:)`` if no step is left to take, ``CheckpointError`` if the folder has
    ///   checkpoints and none was restored, or if it was restored from a checkpoint with other settings
    ///   (``changes(for:options:)``), the reason why a checkpoint cannot be written, and what `report` and `observer`
    ///   throw.
    @discardableResult
    public func fit(
        _ dataset: Dataset, validation: Dataset? = nil, options: TrainingOptions = .init(),
        checkpoints: CheckpointFolder? = nil, observer: (any TrainingObserver)? = nil,
        report: (TrainingProgress) throws -> Void = { _ in },
        checkpointFailed: (AtomicFileError) throws -> Void = { throw $0 },
        recovered: (Recovery) throws -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> TrainingResult {
        let run = try start(dataset, validation, options, checkpoints, observer)
        while try run.advance(report, checkpointFailed, recovered, shouldStop) {}
        return try run.end(checkpointFailed)
    }

    /// The same in Swift's concurrency: other tasks get their turn after every step.
    @discardableResult
    public nonisolated(nonsending) func fit(
        _ dataset: Dataset, validation: Dataset? = nil, options: TrainingOptions = .init(),
        checkpoints: CheckpointFolder? = nil, observer: (any TrainingObserver)? = nil,
        report: (TrainingProgress) throws -> Void = { _ in },
        checkpointFailed: (AtomicFileError) throws -> Void = { throw $0 },
        recovered: (Recovery) throws -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) async throws -> TrainingResult {
        let run = try start(dataset, validation, options, checkpoints, observer)
        while try run.advance(report, checkpointFailed, recovered, shouldStop) {
            await Task.yield()
        }
        return try run.end(checkpointFailed)
    }

    private func start(
        _ dataset: Dataset, _ validation: Dataset?, _ options: TrainingOptions,
        _ checkpoints: CheckpointFolder?, _ observer: (any TrainingObserver)?
    ) throws -> TrainingRun {
        try options.check(hasValidation: validation != nil)
        // Later checkpoints of another training would be taken for this one's.
        if step == 0, resumed == nil { try checkpoints?.checkEmpty() }
        if step > 0, resumed == nil {
            let end = options.lastStep(
                stepsPerEpoch: (dataset.count - 1) / min(options.batchSize, dataset.count) + 1)
            guard step < end else { throw TrainingError.alreadyThere(step: step, end: end) }
        }
        let run = try TrainingRun(
            self, dataset, validation: validation, options: options, checkpoints: checkpoints,
            observer: observer)
        try run.begin()
        return run
    }
}
