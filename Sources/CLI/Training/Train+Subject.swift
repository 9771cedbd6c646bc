import NNGPU

/// What is trained on what: all that is known before a device has to do anything.
struct TrainingSubject {
    /// The samples.
    let split: DatasetSplit
    /// The weights that the training starts from, if not from random ones.
    let weights: InitialWeights?
    /// The layers and the loss.
    let description: ModelDescription
    /// The learning rate before the schedule changes it.
    let learningRate: Double
    /// The samples of a step.
    let batchSize: Int
    /// What the device's driver has to get right before it is trusted with the training.
    let probe: ProbeSubject

    /// What the trained model is judged on.
    var judged: Dataset { split.test ?? split.train }
}

// MARK: - The data and the model

extension Train {
    /// Reads the data and the weights and chooses the model.
    ///
    /// - Throws: What is wrong with the data, the model or the two together.
    func subject() throws -> TrainingSubject {
        let split = try DataSource(data).load(seed: seed)
        let weights = try initial.map(InitialWeights.init)
        let description = try self.description(for: split, weights)
        if let save { try ModelFile.check(description.network, writtenTo: save) }
        let rate = learningRate ?? optimizer.defaultLearningRate
        // What nothing can be done with is said before a device has to do anything.
        try Trainer.check(learningRate: rate, clipNorm: clipNorm)
        let batchSize = min(self.batchSize, split.train.count)
        let probe = try ProbeSubject(
            description, optimizer: optimizer, weightDecay: weightDecay, clipNorm: clipNorm,
            batchSize: batchSize,
            evaluationBatchSize: min(
                Trainer.evaluationBatchSize, (split.test ?? split.train).count),
            features: split.train.features.elementType, frozen: freeze?.patterns ?? [])
        let graphs = try probe.graphs()
        for dataset in [split.train, split.test].compactMap(\.self) { try graphs.check(dataset) }
        return TrainingSubject(
            split: split, weights: weights, description: description, learningRate: rate,
            batchSize: batchSize, probe: probe)
    }

    /// The layers, from `--model`, from the weights' own description, or from the flags.
    private func description(
        for split: DatasetSplit, _ weights: InitialWeights?
    ) throws -> ModelDescription {
        let own = try weights.flatMap { weights in
            weights.file.metadata[ModelDescription.metadataKey] == nil
                ? nil : try ModelDescription(of: weights.file)
        }
        let isClassification = (try? split.classCount) != nil
        let usual: LossName = isClassification ? .crossEntropy : .meanSquaredError
        let inputs = split.train.featureCount
        let given = try modelOptions.given {
            try (inputs, outputs(for: self.loss?.loss ?? usual.loss, of: split))
        }
        if let given {
            let task = loss.map { TrainingTask($0.loss) } ?? given.task ?? TrainingTask(usual.loss)
            return ModelDescription(given.network, task: task)
        }
        if let own, !modelOptions.describesLayers {
            return ModelDescription(
                own.network, task: loss.map { TrainingTask($0.loss) } ?? own.task)
        }
        let widths = weights?.widths ?? []
        let loss = loss?.loss ?? own?.task.loss ?? usual.loss
        let model = modelOptions.perceptron(
            inputs: inputs, outputs: try widths.last ?? outputs(for: loss, of: split),
            hidden: weights == nil ? HiddenLayers.standard : Array(widths.dropLast()))
        return ModelDescription(model: model, inputShape: [inputs], loss: loss)
    }

    private func outputs(for loss: any Loss, of split: DatasetSplit) throws -> Int {
        switch loss.meaning {
        case .classes where (loss as? CrossEntropy)?.hasSoftTargets != true: try split.classCount
        case .classes: split.train.targetWidth
        case .decisions, .numbers: split.train.targetWidth
        }
    }
}
