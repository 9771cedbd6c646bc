import NNGraph

/// One call of ``Trainer/fit(_:validation:options:checkpoints:observer:report:shouldStop:)``.
final class TrainingRun {
    private let trainer: Trainer
    private let state: TrainingState
    private let options: TrainingOptions
    private let feed: BatchFeed
    private let evaluator: Evaluator?
    private let lastStep: Int
    private let checkpoints: CheckpointFolder?
    private let observer: (any TrainingObserver)?
    private let settings: [String: String]
    private var stopping: EarlyStopping?
    private var epochSums = MetricSums()
    private var unreadSamples = 0
    private var savedStep: Int?
    private var lastReport = ContinuousClock.now

    init(
        _ trainer: Trainer, _ dataset: Dataset, validation: Dataset?, options: TrainingOptions,
        checkpoints: CheckpointFolder?, observer: (any TrainingObserver)?
    ) throws {
        settings =
            checkpoints == nil && trainer.resumed == nil
            ? [:] : trainer.settings(for: dataset, options)
        try trainer.resumed?.check(settings)
        self.checkpoints = checkpoints
        self.observer = observer
        self.trainer = trainer
        self.options = options
        let state = trainer.state
        self.state = state
        feed = try BatchFeed(
            dataset, batchSize: options.batchSize, isShuffled: options.isShuffled, state: state,
            observer: observer)
        evaluator = try validation.map {
            try Evaluator($0, batchSize: Trainer.evaluationBatchSize, state: state)
        }
        stopping = try options.patience.map { try EarlyStopping(patience: $0, state: state) }
        lastStep = options.lastStep(stepsPerEpoch: feed.stepsPerEpoch)
    }

    func run(
        report: (TrainingProgress) throws -> Void, shouldStop: () -> Bool
    ) throws -> TrainingResult {
        try begin()
        let isOver = stopping?.isOver(after: state.step / feed.stepsPerEpoch) == true
        var ending = isOver ? TrainingResult.Ending.stoppedEarly : .completed
        var progress: TrainingProgress?
        while state.step < lastStep, ending == .completed {
            if shouldStop() {
                // The parameters stay those of this step, from which the training can go on.
                try finishCheckpoints()
                return result(.interrupted, progress)
            }
            let rate = trainer.schedule.rate(
                base: trainer.learningRate, step: state.step, total: lastStep)
            unreadSamples += try observer.during(.step(state.step + 1)) {
                try feed.takeStep(learningRate: rate)
            }

            let isEnd = state.step % feed.stepsPerEpoch == 0 || state.step == lastStep
            if isEnd || state.step % options.lossInterval == 0 {
                let next = try makeProgress(learningRate: rate, isEnd: isEnd)
                progress = next
                if isEnd { epochSums = MetricSums() }
                if let loss = next.validation?.loss { try stopping?.note(loss, of: next.epoch) }
                if isEnd, stopping?.isOver(after: next.epoch) == true { ending = .stoppedEarly }
                try report(next)
            }
            if state.step % (options.checkpointInterval ?? feed.stepsPerEpoch) == 0 {
                try saveCheckpoint()
            }
        }
        try finishCheckpoints()
        try stopping?.restore()
        return result(ending, progress)
    }

    /// Starts with nothing added up, or with what a checkpoint says.
    private func begin() throws {
        if let resumed = trainer.resumed {
            epochSums = resumed.record.epochSums
            unreadSamples = resumed.record.unreadSums.count
            try state.resumeMetrics(resumed.record.unreadSums)
            try stopping?.resume(from: resumed)
            savedStep = state.step
            trainer.resumed = nil
        } else {
            try state.resetMetrics()
        }
        lastReport = .now
    }

    private func saveCheckpoint() throws {
        guard let checkpoints, savedStep != state.step else { return }
        let best = stopping?.checkpointed
        let checkpoint = try observer.during(.snapshot(step: state.step)) {
            try trainer.checkpoint(
                Checkpoint.Record(
                    step: state.step, settings: settings, notes: checkpoints.notes,
                    epochSums: epochSums, unreadSums: state.readMetrics(count: unreadSamples),
                    best: best?.0),
                and: best.map { [(EarlyStopping.tensorName, $0.buffer)] } ?? [])
        }
        try checkpoints.save(checkpoint, observer: observer)
        savedStep = state.step
    }

    private func finishCheckpoints() throws {
        try saveCheckpoint()
        try checkpoints?.finish()
    }

    /// Waits for the losses of the steps since the last report.
    private func makeProgress(learningRate: Double, isEnd: Bool) throws -> TrainingProgress {
        let (epoch, stepInEpoch) = (state.step - 1).quotientAndRemainder(
            dividingBy: feed.stepsPerEpoch)
        let recent = try observer.during(.losses(step: state.step)) {
            try state.takeMetrics(count: unreadSamples)
        }
        unreadSamples = 0
        let seconds = (ContinuousClock.now - lastReport) / .seconds(1)
        guard recent.loss.isFinite else {
            throw TrainingError.notFinite(epoch: epoch + 1, step: state.step)
        }
        epochSums += recent
        let validation = isEnd ? try validate(epoch: epoch + 1) : nil
        // Validation is no training: the clock starts again after it.
        lastReport = .now
        return TrainingProgress(
            epoch: epoch + 1, stepInEpoch: stepInEpoch + 1, stepsPerEpoch: feed.stepsPerEpoch,
            step: state.step, lastStep: lastStep, learningRate: learningRate,
            recent: recent.evaluation(of: trainer.graphs.loss),
            epochSoFar: epochSums.evaluation(of: trainer.graphs.loss),
            samplesPerSecond: Double(recent.count) / seconds, validation: validation)
    }

    /// A step that diverged shows in the loss of the samples that come after it.
    private func validate(epoch: Int) throws -> Evaluation? {
        guard let evaluator else { return nil }
        do {
            return try observer.during(.evaluation(step: state.step)) { try evaluator.evaluate() }
        } catch TrainingError.evaluationNotFinite {
            throw TrainingError.notFinite(epoch: epoch, step: state.step)
        }
    }

    private func result(
        _ ending: TrainingResult.Ending, _ progress: TrainingProgress?
    ) -> TrainingResult {
        TrainingResult(
            ending: ending, step: state.step, progress: progress, bestEpoch: stopping?.bestEpoch)
    }
}
