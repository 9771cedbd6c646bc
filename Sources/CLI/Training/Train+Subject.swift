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

    /// What is evaluated after each epoch, as people are told.
    var monitored: String { split.validation == nil ? "test" : "validation" }
    /// What the trained model is judged on.
    var judged: Dataset { split.judged }
}

// MARK: - The data and the model

extension Train {
    /// Reads the data and the weights and chooses the model.
    ///
    /// - Throws: What is wrong with the data, the model or the two together.
    func subject() throws -> TrainingSubject {
        let read = try dataOptions.load(seed: seed, validation: validation)
        let weights = try initial.map(InitialWeights.init)
        let (split, description) = try described(read, weights)
        if let save { try ModelFile.check(description.network, writtenTo: save) }
        let rate = learningRate ?? optimizer.defaultLearningRate
        // What nothing can be done with is said before a device has to do anything.
        try Trainer.check(learningRate: rate, clipNorm: clipNorm)
        let batchSize = min(self.batchSize, split.train.count)
        let probe = try ProbeSubject(
            description, optimizer: optimizer, weightDecay: weightDecay, clipNorm: clipNorm,
            batchSize: batchSize,
            evaluationBatchSize: min(
                Trainer.evaluationBatchSize, split.judged.count),
            features: split.train.features.elementType, frozen: freeze?.patterns ?? [])
        let graphs = try probe.graphs()
        try graphs.checkTraining()
        for dataset in [split.train, split.validation, split.test].compactMap(\.self) {
            try graphs.check(dataset)
        }
        return TrainingSubject(
            split: split, weights: weights, description: description, learningRate: rate,
            batchSize: batchSize, probe: probe)
    }

    /// The data with targets as the loss takes them, and the layers with it.
    private func described(
        _ read: DatasetSplit, _ weights: InitialWeights?
    ) throws -> (DatasetSplit, ModelDescription) {
        let own = try weights.flatMap { weights in
            weights.file.metadata[ModelDescription.metadataKey] == nil
                ? nil : try ModelDescription(of: weights.file)
        }
        // A preset brings no loss along, and anything else asks for no widths.
        let given = try modelOptions.given {
            let loss = try self.loss?.loss ?? usualLoss(of: read.train)
            return try (
                read.train.featureCount, outputs(for: loss, of: read.labelled(for: loss))
            )
        }
        let told = loss?.loss ?? (given == nil ? own?.task.loss : given?.task?.loss)
        let loss = try (told ?? usualLoss(of: read.train)).ignoringUnlabelled(read)
        let split = try read.labelled(for: loss)
        let description = try description(for: split, weights, own, given, loss)
        var network = description.network.remembering(samplesOf: split.train)
        if let scale { network = try network.scaling(split.train.inputs[0], scale) }
        return (split, ModelDescription(network, task: description.task))
    }

    /// The loss for what the targets look like.
    private func usualLoss(of dataset: Dataset) throws -> any Loss {
        switch dataset.allTargets[0].kind {
        case .classes: CrossEntropy()
        case .numbers: MeanSquaredError()
        case .unclear(let distinct):
            throw DataError.unclearKind(
                dataset: dataset.name, target: dataset.allTargets[0].source ?? "",
                distinct: distinct, count: dataset.count)
        }
    }

    /// The layers, from `--model`, from the weights' own description, or from the flags.
    private func description(
        for split: DatasetSplit, _ weights: InitialWeights?, _ own: ModelDescription?,
        _ given: GivenModel?, _ loss: any Loss
    ) throws -> ModelDescription {
        let inputs = split.train.featureCount
        if let given {
            let task = self.loss == nil ? given.task : nil
            return ModelDescription(given.network, task: task ?? TrainingTask(loss))
        }
        if let own, !modelOptions.describesLayers {
            return ModelDescription(
                own.network, task: self.loss == nil ? own.task : TrainingTask(loss))
        }
        let widths = weights?.widths ?? []
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

extension Loss {
    /// The same loss, which leaves out samples with PyTorch's label of what counts for nothing if there are some.
    fileprivate func ignoringUnlabelled(_ split: DatasetSplit) -> any Loss {
        let unlabelled = ClassCoding.ignoredLabel
        guard let loss = self as? CrossEntropy, loss.ignoredLabel == nil, !loss.hasSoftTargets,
            [split.train, split.validation, split.test].contains(where: {
                $0?.targets.contains(unlabelled) ?? false
            })
        else { return self }
        return CrossEntropy(
            labelSmoothing: loss.labelSmoothing, classWeights: loss.classWeights,
            ignoredLabel: Int(unlabelled))
    }
}
