import NNFiles
import NNGraph
import NNModel

/// Trains a model on a backend, and evaluates and applies it.
///
///     let trainer = try Trainer(
///         model: model, inputShape: [784], loss: .crossEntropy, optimizer: Adam(),
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

    /// The samples that are evaluated at once at most unless something else is asked for: enough to use a
    /// device well, whatever the batch of a step.
    public static let evaluationBatchSize = 1024

    /// How many of these samples are evaluated at once unless something else is asked for.
    ///
    /// Of large images fewer use a device as well, and take as much less of its memory. Of a text each token is as much
    /// work as a sample of another kind.
    public static func evaluationBatchSize(of dataset: Dataset) -> Int {
        let width = dataset.inputs.reduce(0) { $0 + $1.width }
        if dataset.tokenizer != nil {
            return min(dataset.count, max(1, evaluationBatchSize / width))
        }
        return min(evaluationBatchSize, dataset.count, max(32, (1 << 20) / max(1, width)))
    }

    package let state: TrainingState
    /// The checkpoint that the next training goes on from.
    var resumed: Checkpoint?
    private var ownPredictor: Predictor?

    /// Creates a trainer of a layer that takes samples of the given shape, such as a ``Sequential``, whose parameters
    /// have their initial values.
    ///
    /// - Throws: ``ModelError``, ``LossError``, ``AugmentationError`` or ``TrainingError`` for a model that cannot be
    ///   trained so.
    public convenience init(
        model: some Layer, inputShape: Shape, loss: some Loss, optimizer: any Optimizer,
        learningRate: Double, schedule: LearningRateSchedule = .constant, clipNorm: Double? = nil,
        seed: UInt64 = 0, augmentation: Augmentation? = nil, backend: any Backend
    ) throws {
        try self.init(
            Network(model, inputShape: inputShape), task: TrainingTask(loss), optimizer: optimizer,
            learningRate: learningRate, schedule: schedule, clipNorm: clipNorm, seed: seed,
            augmentation: augmentation, backend: backend)
    }

    /// Creates a trainer of a model whose parameters have their initial values.
    ///
    /// - Parameters:
    ///   - network: The model and what goes into it.
    ///   - task: What it is trained for.
    ///   - optimizer: How a step uses the gradient.
    ///   - groups: Parameters that are treated otherwise.
    ///   - frozen: Patterns of the names of parameters that are not trained, as in a shell: `trunk.*`.
    ///   - learningRate: The learning rate before the schedule changes it.
    ///   - schedule: How the learning rate changes.
    ///   - clipNorm: The largest norm of the gradient that is not scaled down; nil for any.
    ///   - seed: What the initial values, the order of the samples and all other random numbers depend on.
    ///   - augmentation: How the pictures of the first input are changed in training; nil for not at all.
    ///   - backend: What computes.
    /// - Throws: ``ModelError``, ``LossError``, ``AugmentationError`` or ``TrainingError`` for a model that cannot be
    ///   trained so.
    public init(
        _ network: Network, task: TrainingTask, optimizer: any Optimizer,
        groups: [ParameterGroup] = [], frozen: [String] = [], learningRate: Double,
        schedule: LearningRateSchedule = .constant, clipNorm: Double? = nil, seed: UInt64 = 0,
        augmentation: Augmentation? = nil, backend: any Backend
    ) throws {
        try Self.check(learningRate: learningRate, clipNorm: clipNorm)
        graphs = try TrainingGraphs(
            network, task: task, optimizer: optimizer, groups: groups, frozen: frozen,
            clipNorm: clipNorm, seed: seed, augmentation: augmentation)
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

    /// The mean loss and the share of right predictions on a data set.
    ///
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - batchSize: How many to evaluate at once; nil for ``evaluationBatchSize(of:)``.
    /// - Returns: The evaluation.
    /// - Throws: ``TrainingError/evaluationNotFinite(dataset:)`` for a loss that is not finite.
    public func evaluate(
        _ dataset: Dataset, batchSize: Int? = nil
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
        _ dataset: Dataset, batchSize: Int? = nil
    ) throws -> Evaluation {
        let batchSize = batchSize ?? Self.evaluationBatchSize(of: dataset)
        guard batchSize >= 1 else {
            throw TrainingError.notPositive(option: "batch size", value: batchSize)
        }
        let evaluator = try Evaluator(
            dataset, batchSize: batchSize, limit: nil, state: state)
        var evaluation = try evaluator.evaluate()
        if !evaluation.loss.isFinite { evaluation.nonFiniteCount = try evaluator.countNonFinite() }
        return evaluation
    }

    /// The parameters on the device, which other things may share.
    public var parameterStore: ParameterStore { state.store }

    /// The outputs of a model with one input and one output for samples in a row: one row of numbers for each.
    public func predict(_ features: [Float]) throws -> [Float] {
        try predictor().predict(features)
    }

    /// The same for features in any form.
    public func predict(_ features: Features) throws -> [Float] {
        try predictor().predict(features)
    }

    private func predictor() throws -> Predictor {
        if let known = ownPredictor { return known }
        let predictor = try Predictor(graphs.network, state.store)
        ownPredictor = predictor
        return predictor
    }
}
