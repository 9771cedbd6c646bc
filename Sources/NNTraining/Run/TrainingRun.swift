import NNFiles
import NNGraph

/// One call of
/// ``Trainer/fit(_:validation:options:checkpoints:observer:report:checkpointFailed:recovered:shouldStop:)``.
final class TrainingRun {
    let trainer: Trainer
    let state: TrainingState
    let options: TrainingOptions
    let feed: BatchFeed
    let checkpoints: CheckpointFolder?
    /// Where the training can go back to; made by ``begin()``.
    var snapshot: Snapshot?
    /// What was added up over the samples of the epoch until the last report.
    var epochSums = MetricSums()
    /// What was added up since then and has been read from the device.
    var readSums = MetricSums()
    /// How many samples the device has added up since then.
    var unreadSamples = 0
    /// The step of the last report that still counts.
    var reportedStep = 0
    /// The step up to which everything is known to be finite.
    var checkedStep: Int?
    var recoveries = Recoveries()
    /// The steps after the snapshot that are not to be taken.
    var skipped: Set<Int> = []
    /// The step that was not finite, the last time there was one.
    var divergence: Divergence?
    /// The step that was taken again because of a sum that only the step's own numbers do not explain.
    var retakenStep: Int?

    private var ending = TrainingResult.Ending.completed
    private var progress: TrainingProgress?
    private let evaluator: Evaluator?
    private let audit: Audit?
    let lastStep: Int
    let observer: (any TrainingObserver)?
    let settings: [String: String]
    /// What the classes of the data are called, by label.
    let classNames: [String]?
    var stopping: EarlyStopping?
    var savedStep: Int?
    private var lastReport = ContinuousClock.now

    init(
        _ trainer: Trainer, _ dataset: Dataset, validation: Dataset?, options: TrainingOptions,
        checkpoints: CheckpointFolder?, observer: (any TrainingObserver)?
    ) throws {
        settings =
            checkpoints == nil && trainer.resumed == nil
            ? [:] : trainer.settings(for: dataset, options)
        classNames = dataset.classNames
        _ = try trainer.resumed?.changes(to: settings)
        self.checkpoints = checkpoints
        self.observer = observer
        self.trainer = trainer
        self.options = options
        let state = trainer.state
        self.state = state
        feed = try BatchFeed(
            dataset, batchSize: options.batchSize, partCount: options.partCount,
            isShuffled: options.isShuffled, residentLimit: options.residentLimit, state: state,
            observer: observer)
        evaluator = try validation.map {
            try Evaluator(
                $0, batchSize: Trainer.evaluationBatchSize(of: $0), limit: options.residentLimit,
                state: state)
        }
        audit = try options.auditInterval.map { [feed] _ in try Audit(state, feed) }
        stopping = try options.patience.map { try EarlyStopping(patience: $0, state: state) }
        lastStep = options.lastStep(stepsPerEpoch: feed.stepsPerEpoch)
        feed.lastStep = lastStep
    }

    /// Takes the next step, or looks whether all steps so far were good once there is no other.
    ///
    /// The calls, and what is thrown, are those of
    /// ``Trainer/fit(_:validation:options:checkpoints:observer:report:checkpointFailed:recovered:shouldStop:)``.
    ///
    /// - Returns: Whether the training goes on.
    func advance(
        _ report: (TrainingProgress) throws -> Void,
        _ checkpointFailed: (AtomicFileError) throws -> Void,
        _ recovered: (Recovery) throws -> Void, _ shouldStop: () -> Bool
    ) throws -> Bool {
        do {
            if state.step < lastStep, ending == .completed {
                // If it stops, the parameters stay those of this step, from which the training can go on.
                if Task.isCancelled || shouldStop() {
                    ending = .interrupted
                } else {
                    try stepOn(report, checkpointFailed)
                }
                return true
            }
            // Wherever the training ends, also between two reports, the end is a good one.
            try checkAll()
            return false
        } catch is NotFinite {
            savedStep = nil
            guard let recovery = try recover() else { return true }
            try recovered(recovery)
            // Then the step that is left out is behind the end, and not left out twice.
            if ending == .interrupted, recovery.isSkipped { try takeStep() }
            return true
        }
    }

    private func stepOn(
        _ report: (TrainingProgress) throws -> Void,
        _ checkpointFailed: (AtomicFileError) throws -> Void
    ) throws {
        try observer.during(.step(state.step + 1)) { try takeStep() }
        if let every = options.auditInterval, state.step % every == 0 { try audit?.check() }
        if isReportDue, let next = try makeProgress() {
            progress = next
            if let loss = next.validation?.loss { try stopping?.note(loss, of: next.epoch) }
            if isEnd, stopping?.isOver(after: next.epoch) == true { ending = .stoppedEarly }
            try report(next)
        }
        if state.step % (options.checkpointInterval ?? feed.stepsPerEpoch) == 0 {
            try saveCheckpoint(checkpointFailed)
        }
    }

    /// Saves where the training has arrived, and says how it ended.
    func end(
        _ checkpointFailed: (AtomicFileError) throws -> Void
    ) throws -> TrainingResult {
        if ending != .interrupted, state.step > 0, recoveries.skippedSteps == state.step,
            let divergence
        {
            // Nothing has been learnt.
            throw TrainingError.diverged(divergence)
        }
        try saveCheckpoint(checkpointFailed)
        try waitForCheckpoint(checkpointFailed)
        if ending != .interrupted { try stopping?.restore() }
        return TrainingResult(
            ending: ending, step: state.step, progress: progress,
            bestEpoch: stopping.flatMap { $0.bestEpoch > 0 ? $0.bestEpoch : nil },
            recoveries: recoveries, waitedForSamples: feed.waited)
    }

    /// What a step leaves behind is not finite.
    struct NotFinite: Error {}

    /// The epoch that a step belongs to, counted from 1 as the step.
    func epoch(of step: Int) -> Int { (step - 1) / feed.stepsPerEpoch + 1 }

    /// The learning rate of a step, counted from 1.
    func learningRate(of step: Int) -> Double {
        recoveries.rateFactor
            * trainer.schedule.rate(base: trainer.learningRate, step: step - 1, total: lastStep)
    }

    /// Takes the next step, unless it is one to be left out.
    func takeStep() throws {
        if skipped.contains(state.step + 1) { return feed.skipStep() }
        if unreadSamples + feed.batchSize > state.countableSamples {
            readSums += try state.takeMetrics(count: unreadSamples)
            unreadSamples = 0
        }
        unreadSamples += try feed.takeStep(learningRate: learningRate(of: state.step + 1))
    }

    /// Whether an epoch or the training ends with this step.
    var isEnd: Bool {
        state.step % feed.stepsPerEpoch == 0 || state.step == lastStep
    }

    private var isReportDue: Bool {
        state.step > reportedStep && (isEnd || state.step % options.lossInterval == 0)
    }

    /// Starts with nothing added up, or with what a checkpoint says.
    func begin() throws {
        reportedStep = state.step
        var unreadSums = MetricSums()
        if let resumed = trainer.resumed {
            epochSums = try resumed.sums(\.epochSums, of: state.graphs.sums.count)
            unreadSums = try resumed.sums(\.unreadSums, of: state.graphs.sums.count)
            unreadSamples = unreadSums.count
            recoveries = resumed.record.recoveries ?? Recoveries()
            try stopping?.resume(from: resumed)
            savedStep = state.step
        }
        try state.resumeMetrics(unreadSums)
        let snapshot = try Snapshot(
            of: state,
            at: Checkpoint.Place(
                step: state.step, epochSums: epochSums, unreadSums: unreadSums),
            for: options.onNonFinite)
        if options.onNonFinite == .rollback, let resumed = trainer.resumed,
            let place = resumed.record.snapshot
        {
            try snapshot.resume(at: place, from: resumed)
        }
        self.snapshot = snapshot
        trainer.resumed = nil
        if stopping?.isOver(after: state.step / feed.stepsPerEpoch) == true {
            ending = .stoppedEarly
        }
        lastReport = .now
    }

    /// Throws ``NotFinite`` if a step up to here has left anything that is not finite.
    func checkAll() throws {
        if unreadSamples > 0 {
            let unread = try state.readMetrics(count: unreadSamples)
            guard state.graphs.sums.isFinite(unread) else { throw NotFinite() }
        }
        try checkState()
    }

    /// Throws ``NotFinite`` if the parameters or what the optimizer keeps are not finite.
    private func checkState() throws {
        guard let snapshot, checkedStep != state.step else { return }
        guard try snapshot.isStateFinite() else { throw NotFinite() }
        checkedStep = state.step
    }

    /// Keeps the state now and then, and never one that is not finite.
    private func takeSnapshot() throws {
        guard let snapshot, snapshot.isDue else { return }
        try checkState()
        skipped = []
        try snapshot.take(
            at: Checkpoint.Place(
                step: state.step, epochSums: epochSums, unreadSums: MetricSums()))
    }

    // MARK: - Reports

    /// Waits for the losses of the steps since the last report; nil if all of them were left out.
    private func makeProgress() throws -> TrainingProgress? {
        guard unreadSamples > 0 || isEnd else { return nil }
        let (epoch, stepInEpoch) = (state.step - 1).quotientAndRemainder(
            dividingBy: feed.stepsPerEpoch)
        let unread = try observer.during(.losses(step: state.step)) {
            try state.takeMetrics(count: unreadSamples)
        }
        let seconds = (ContinuousClock.now - lastReport) / .seconds(1)
        guard state.graphs.sums.isFinite(unread) else { throw NotFinite() }
        // What is reported of an epoch, and kept as its best, is not of weights that are no numbers.
        if isEnd { try checkState() }
        let validation = isEnd ? try validate() : nil
        var (recent, sums) = (readSums, epochSums)
        recent += unread
        sums += recent
        epochSums = isEnd ? MetricSums() : sums
        readSums = MetricSums()
        reportedStep = state.step
        unreadSamples = 0
        try takeSnapshot()
        // Validation is no training: the clock starts again after it.
        lastReport = .now
        guard sums.count > 0 else { return nil }
        let layout = state.graphs.sums
        return TrainingProgress(
            epoch: epoch + 1, stepInEpoch: stepInEpoch + 1, stepsPerEpoch: feed.stepsPerEpoch,
            step: state.step, lastStep: lastStep, learningRate: learningRate(of: state.step),
            recent: layout.evaluation(of: recent.count > 0 ? recent : sums),
            epochSoFar: layout.evaluation(of: sums),
            samplesPerSecond: Double(recent.count) / seconds, validation: validation)
    }

    /// The loss may be NaN: the steps are finite, so that is about the samples.
    private func validate() throws -> Evaluation? {
        guard let evaluator else { return nil }
        return try observer.during(.evaluation(step: state.step)) { try evaluator.evaluate() }
    }
}
