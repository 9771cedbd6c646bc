import NNGraph

/// One call of ``Trainer/fit(_:validation:options:report:shouldStop:)``.
final class TrainingRun {
    private let trainer: Trainer
    private let state: TrainingState
    private let options: TrainingOptions
    private let feed: BatchFeed
    private let evaluator: Evaluator?
    private let lastStep: Int
    private var stopping: EarlyStopping?
    private var epochSums = MetricSums()
    private var unreadSamples = 0
    private var lastReport = ContinuousClock.now

    init(
        _ trainer: Trainer, _ dataset: Dataset, validation: Dataset?, options: TrainingOptions
    ) throws {
        self.trainer = trainer
        self.options = options
        let state = trainer.state
        self.state = state
        feed = try BatchFeed(
            dataset, batchSize: options.batchSize, isShuffled: options.isShuffled, state: state)
        evaluator = try validation.map {
            try Evaluator($0, batchSize: Trainer.evaluationBatchSize, state: state)
        }
        stopping = try options.patience.map { try EarlyStopping(patience: $0, state: state) }
        lastStep = options.lastStep(stepsPerEpoch: feed.stepsPerEpoch)
    }

    func run(
        report: (TrainingProgress) throws -> Void, shouldStop: () -> Bool
    ) throws -> TrainingResult {
        try state.resetMetrics()
        lastReport = .now
        var ending = TrainingResult.Ending.completed
        var progress: TrainingProgress?
        while state.step < lastStep, ending == .completed {
            if shouldStop() {
                // The parameters stay those of this step, from which the training can go on.
                return result(.interrupted, progress)
            }
            let rate = trainer.schedule.rate(
                base: trainer.learningRate, step: state.step, total: lastStep)
            unreadSamples += try feed.takeStep(learningRate: rate)

            let isEnd = state.step % feed.stepsPerEpoch == 0 || state.step == lastStep
            guard isEnd || state.step % options.lossInterval == 0 else { continue }
            let next = try makeProgress(learningRate: rate, isEnd: isEnd)
            progress = next
            try report(next)
            if let loss = next.validation?.loss,
                try stopping?.isOver(after: next.epoch, loss: loss) == true
            {
                ending = .stoppedEarly
            }
            if isEnd { epochSums = MetricSums() }
        }
        try stopping?.restore()
        return result(ending, progress)
    }

    /// Waits for the losses of the steps since the last report.
    private func makeProgress(learningRate: Double, isEnd: Bool) throws -> TrainingProgress {
        let (epoch, stepInEpoch) = (state.step - 1).quotientAndRemainder(
            dividingBy: feed.stepsPerEpoch)
        let recent = try state.takeMetrics(count: unreadSamples)
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
        do {
            return try evaluator?.evaluate()
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
