import NNFiles
import NNGraph

/// Trains a model on a backend, and evaluates and applies it.
///
///     let trainer = try Trainer(
///         model: model, inputShape: [784], loss: .softmaxCrossEntropy, optimizer: Adam(),
///         learningRate: 1e-3, backend: backend)
///     try trainer.fit(split.train, validation: split.test)
///
/// The same seed on the same backend gives the same bits. A trainer belongs to one thread at a time.
public final class Trainer {
    /// The graphs that it runs, which say what it trains and how.
    public let graphs: TrainingGraphs
    /// The learning rate before the schedule changes it.
    public let learningRate: Double
    /// How the learning rate changes.
    public let schedule: LearningRateSchedule
    /// The device that it runs on, as people know it.
    public var deviceName: String { state.backend.name }
    /// The number of steps taken.
    public var step: Int { state.step }

    /// The samples that are evaluated at once unless something else is asked for: enough to use a
    /// device well, whatever the batch of a step.
    public static let evaluationBatchSize = 1024

    package let state: TrainingState
    /// The checkpoint that the next training goes on from.
    var resumed: Checkpoint?
    private var predictors: [Int: any Executable] = [:]

    /// Creates a trainer whose parameters have their initial values.
    ///
    /// - Throws: ``ModelError``, ``LossError`` or ``TrainingError`` for a model that cannot be trained so.
    public init(
        model: Sequential, inputShape: Shape, loss: Loss, optimizer: any Optimizer,
        learningRate: Double, schedule: LearningRateSchedule = .constant, clipNorm: Double? = nil,
        seed: UInt64 = 0, backend: any Backend
    ) throws {
        try Self.check(learningRate: learningRate, clipNorm: clipNorm)
        graphs = try TrainingGraphs(
            model: model, inputShape: inputShape, loss: loss, optimizer: optimizer,
            clipNorm: clipNorm, seed: seed)
        self.learningRate = learningRate
        self.schedule = schedule
        state = try TrainingState(graphs, on: backend)
    }

    /// Throws ``TrainingError`` unless a training can have these settings.
    public static func check(learningRate: Double, clipNorm: Double?) throws {
        guard learningRate.isFinite, learningRate >= 0 else {
            throw TrainingError.learningRate(learningRate)
        }
        if let clipNorm, !(clipNorm > 0) { throw TrainingError.clipNorm(clipNorm) }
    }

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
    ///   - shouldStop: Asked before every step; the training ends when it says so.
    /// - Returns: How the training ended.
    /// - Throws: ``TrainingError/diverged(_:)`` if a step is not finite and the training is to stop,
    ///   ``CheckpointError`` if it was restored from a checkpoint with other settings, the reason
    ///   why a checkpoint cannot be written, and what `report` and `observer` throw.
    @discardableResult
    public func fit(
        _ dataset: Dataset, validation: Dataset? = nil, options: TrainingOptions = .init(),
        checkpoints: CheckpointFolder? = nil, observer: (any TrainingObserver)? = nil,
        report: (TrainingProgress) throws -> Void = { _ in },
        checkpointFailed: (AtomicFileError) throws -> Void = { throw $0 },
        recovered: (Recovery) throws -> Void = { _ in },
        shouldStop: () -> Bool = { false }
    ) throws -> TrainingResult {
        try options.check(hasValidation: validation != nil)
        let run = try TrainingRun(
            self, dataset, validation: validation, options: options, checkpoints: checkpoints,
            observer: observer)
        return try run.run(
            report: report, checkpointFailed: checkpointFailed, recovered: recovered,
            shouldStop: shouldStop)
    }

    /// The mean loss and the share of right predictions on a data set.
    ///
    /// - Throws: ``TrainingError/evaluationNotFinite(dataset:)`` for a loss that is not finite.
    public func evaluate(
        _ dataset: Dataset, batchSize: Int = Trainer.evaluationBatchSize
    ) throws -> Evaluation {
        let evaluation = try judge(dataset, batchSize: batchSize)
        guard evaluation.loss.isFinite else {
            throw TrainingError.evaluationNotFinite(dataset: dataset.name)
        }
        return evaluation
    }

    /// The same where the loss need not be finite, as of data with a bad sample; then
    /// ``Evaluation/nonFiniteCount`` says how many samples that is about.
    public func judge(
        _ dataset: Dataset, batchSize: Int = Trainer.evaluationBatchSize
    ) throws -> Evaluation {
        guard batchSize >= 1 else {
            throw TrainingError.notPositive(option: "batch size", value: batchSize)
        }
        let evaluator = try Evaluator(dataset, batchSize: batchSize, state: state)
        var evaluation = try evaluator.evaluate()
        if !evaluation.loss.isFinite { evaluation.nonFiniteCount = try evaluator.countNonFinite() }
        return evaluation
    }

    /// The model's outputs for samples in a row: one row of numbers for each.
    public func predict(
        _ features: [Float], batchSize: Int = Trainer.evaluationBatchSize
    ) throws -> [Float] {
        try predict(.floats(features), batchSize: batchSize)
    }

    /// The model's outputs for the samples of a data set: one row of numbers for each.
    public func predict(
        _ features: Features, batchSize: Int = Trainer.evaluationBatchSize
    ) throws -> [Float] {
        guard batchSize >= 1 else {
            throw TrainingError.notPositive(option: "batch size", value: batchSize)
        }
        let width = graphs.inputShape.count
        guard features.count % width == 0 else {
            throw TrainingError.partialSample(count: features.count, sampleSize: width)
        }
        return try stride(from: 0, to: features.count, by: batchSize * width).flatMap { start in
            let rows = features.numbers(start..<min(start + batchSize * width, features.count))
            let predictor = try predictor(batchSize: rows.count / width)
            try state.backend.write(
                rows, to: predictor.buffer(named: TrainingGraphs.Name.features))
            try predictor.run()
            return try state.backend.readFloats(
                predictor.buffer(named: TrainingGraphs.Name.outputs))
        }
    }

    private func predictor(batchSize: Int) throws -> any Executable {
        if let known = predictors[batchSize] { return known }
        let compiled = try state.compile(graphs.prediction(batchSize: batchSize))
        predictors[batchSize] = compiled
        return compiled
    }
}
