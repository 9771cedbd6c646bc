import NNGPU

/// A training, or what is done with a trained model, as a probe in another process is told of it.
struct ProbeSubject: Codable {
    /// The model with its loss, as JSON.
    let model: String
    let optimizer: String
    let options: OptimizerOptions
    /// What weight decay acts on.
    let decay: OptimizerFlags.Decayed
    let clipNorm: Double?
    private(set) var batchSize: Int?
    private(set) var evaluationBatchSize: Int?
    private(set) var predictionBatchSize: Int?
    /// What samples are kept as.
    let features: String
    /// Patterns of the names of parameters that are not trained.
    let frozen: [String]
    /// How pictures are changed in a step.
    let augmentation: String?

    init(
        _ description: ModelDescription, optimizer: OptimizerName = .sgd,
        options: OptimizerOptions = OptimizerOptions(), decay: OptimizerFlags.Decayed = .all,
        clipNorm: Double? = nil,
        batchSize: Int? = nil,
        evaluationBatchSize: Int? = nil, predictionBatchSize: Int? = nil,
        features: ElementType = .float, frozen: [String] = [], augmentation: Augmentation? = nil
    ) throws {
        model = try description.json()
        self.optimizer = optimizer.rawValue
        self.options = options
        self.decay = decay
        self.clipNorm = clipNorm
        self.batchSize = batchSize
        self.evaluationBatchSize = evaluationBatchSize
        self.predictionBatchSize = predictionBatchSize
        self.features = features.rawValue
        self.frozen = frozen
        self.augmentation = augmentation?.description
    }

    /// The training that stands for all that nothing else is known of, as large as a real one.
    static func standard() throws -> ProbeSubject {
        try ProbeSubject(
            ModelDescription(
                model: .multilayerPerceptron(
                    inputs: 784, hidden: HiddenLayers.standard, outputs: 10),
                inputShape: [784], loss: .crossEntropy),
            optimizer: .adam, batchSize: 128,
            evaluationBatchSize: Trainer.evaluationBatchSize, features: .unorm8)
    }

    /// The training that stands for those of lessons, of which each says by itself whether its claims are met.
    static func lessons() throws -> ProbeSubject {
        try ProbeSubject(
            ModelDescription(
                model: .multilayerPerceptron(inputs: 2, hidden: [64, 64], outputs: 2),
                inputShape: [2], loss: .crossEntropy),
            optimizer: .adam, batchSize: 100, evaluationBatchSize: 500)
    }

    /// Its step, its evaluation and its predictions, each by itself.
    var parts: [ProbeSubject] {
        let sizes = [\ProbeSubject.batchSize, \.evaluationBatchSize, \.predictionBatchSize]
        return sizes.filter { self[keyPath: $0] != nil }.map { kept in
            var part = self
            for size in sizes where size != kept { part[keyPath: size] = nil }
            return part
        }
    }

    /// The graphs of the training.
    func graphs() throws -> TrainingGraphs {
        let description = try ModelDescription(json: model)
        let rule = OptimizerName(rawValue: optimizer) ?? .adam
        return try TrainingGraphs(
            description.network, task: description.task,
            optimizer: rule.optimizer(options), groups: decay.groups(rule, options), frozen: frozen,
            clipNorm: clipNorm, augmentation: augmentation.map { try Augmentation($0) })
    }

    /// Looks whether a device computes it rightly.
    func probe() throws -> StepProbe {
        StepProbe(
            try graphs(), batchSize: batchSize, evaluationBatchSize: evaluationBatchSize,
            predictionBatchSize: predictionBatchSize,
            features: ElementType(rawValue: features) ?? .float)
    }
}
