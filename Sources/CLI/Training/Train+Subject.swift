import ArgumentParser
import NNGPU

/// What is trained on what: all that is known before a device has to do anything.
struct TrainingSubject {
    /// The samples.
    let split: DatasetSplit
    /// The weights that the training starts from, if not from random ones.
    let weights: Safetensors?
    /// The layers and the loss.
    let description: ModelDescription
    /// What people should know of the weights, a clause each.
    let remarks: [String]
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
        let weights = try initial.map { try InitialWeights(contentsOf: $0, prefix: initPrefix) }
        let own = try weights?.description()
        // What the model fills in already is taken over with it; what else is filled in is found here.
        let file = try modelOptions.givenFile()
        let read = try dataOptions.load(
            seed: seed, validation: validation, for: own?.network ?? file?.network,
            context: modelOptions.presetContext(), isTraining: true)
        let (split, description) = try described(read, weights, own, file)
        let named = try weights.map {
            try ParameterLayout(of: description.network).named($0.file, partially: freeze != nil)
        }
        if let save { try ModelFile.check(description.network, writtenTo: save) }
        let rate = optimization.rate
        // What nothing can be done with is said before a device has to do anything.
        try Trainer.check(learningRate: rate, clipNorm: clipNorm)
        let batchSize = min(self.batchSize, split.train.count)
        let probe = try ProbeSubject(
            description, optimizer: optimization.optimizer, options: optimization.options,
            decay: optimization.decay, clipNorm: clipNorm,
            batchSize: batchSize,
            evaluationBatchSize: Trainer.evaluationBatchSize(of: split.judged),
            features: split.train.features.elementType, frozen: freeze?.patterns ?? [],
            augmentation: augment)
        let graphs = try probe.graphs()
        try graphs.checkTraining()
        for dataset in [split.train, split.validation, split.test].compactMap(\.self) {
            try graphs.check(dataset)
        }
        return TrainingSubject(
            split: split, weights: named?.file, description: description,
            remarks: [named?.remark, weights.flatMap { modelOptions.remark(on: $0) }].compactMap(
                \.self),
            learningRate: rate,
            batchSize: batchSize, probe: probe)
    }

    /// The data with targets as the loss takes them, and the layers with it.
    private func described(
        _ read: DatasetSplit, _ weights: InitialWeights?, _ own: ModelDescription?,
        _ file: GivenModel?
    ) throws -> (DatasetSplit, ModelDescription) {
        // A preset brings no loss along, and anything else asks for no widths.
        let isText = read.train.tokenizer != nil
        guard !isText || report == nil else {
            throw ValidationError(
                "--report draws samples and classes, and a text has none: use --log or --tensorboard."
            )
        }
        let given =
            try file
            ?? modelOptions.given(orPreset: isText && own == nil ? "gpt" : nil) {
                let loss = try self.loss?.loss ?? usualLoss(of: read.train)
                return try (
                    read.train.sampleShape, outputs(for: loss, of: read.labelled(for: loss))
                )
            }
        let told = loss?.loss ?? (given == nil ? own?.task.loss : given?.task?.loss)
        let loss = try (told ?? usualLoss(of: read.train)).ignoringUnlabelled(in: read)
        let split = try read.labelled(for: loss)
        let description = try description(for: split, weights, own, given, loss)
        let network = try prepared(
            description.network.remembering(samplesOf: split.train), for: split.train)
        let task = description.task.ignoringUnlabelled(split)
        return (split, ModelDescription(network, task: task.reportingPerplexity(of: network)))
    }

    /// The model with its input scaled, and with what is missing filled in, by the training samples.
    private func prepared(_ network: Network, for dataset: Dataset) throws -> Network {
        let (own, input) = (network.inputs[0].preparation, dataset.inputs[0])
        guard dataOptions.missing == .mean || own?.fill != nil else {
            return try scale.map { try network.scaling(input, $0) } ?? network
        }
        let fill = try own?.fill ?? dataset.columnMeans()
        let scaled = try scale.map { try input.filling(fill).preparation($0) } ?? own
        return network.preparing(
            try (scaled ?? Preparation(shift: 0, factor: 1)).filling(fill))
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
