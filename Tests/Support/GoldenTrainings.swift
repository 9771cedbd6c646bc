import NNFiles
import NNGraph
import NNModel
import NNTraining

extension GoldenCase {
    /// How far each parameter may be from PyTorch's after 50 steps, in parts of the way that it has moved.
    package static let interchangeBound = 1e-3

    /// Trains with a loss as PyTorch did; compares each parameter tensor, and the loss of each step.
    package func trainingDeviations(
        on backend: any Backend
    ) throws -> (parameters: [Deviation], losses: Deviation) {
        guard let optimizer = try makeOptimizer(), let rate = hyperparameters?.lr,
            let outputs, let steps
        else { return ([], Deviation("losses", [], [])) }
        let recorded = try tensors()
        let model = Sequential {
            Linear(5, 8)
            Tanh()
            Linear(8, 6)
            ReLU()
            Linear(6, outputs)
        }
        let dataset = try dataset(of: recorded)
        let trainer = try Trainer(
            Network(model, inputShape: Shape(dataset.sampleShape)), task: TrainingTask(madeLoss()),
            optimizer: optimizer, learningRate: rate, backend: backend)
        try trainer.load(recorded.initialWeights())
        var losses: [Double] = []
        try trainer.fit(
            dataset,
            options: TrainingOptions(
                length: .steps(steps), batchSize: dataset.count, isShuffled: false, lossInterval: 1)
        ) { losses.append($0.recent.loss) }
        let values = try backend.read(trainer.state.parameters)
        let deviations = try trainer.graphs.layout.entries.map { entry in
            Deviation(
                entry.name, Array(values[entry.range]),
                try recorded.doubles("final.\(entry.name)"),
                from: try recorded.doubles("initial.\(entry.name)"))
        }
        return (deviations, Deviation("losses", losses, try recorded.doubles("losses")))
    }

    /// Judges recorded outputs in batches of 7, and compares what the metric says.
    package func metricDeviations(on backend: any Backend) throws -> [Deviation] {
        let recorded = try tensors()
        let dataset = try dataset(of: recorded)
        let width = dataset.sampleShape.last ?? 1
        // The unit matrix: outputs are the features themselves.
        let trainer = try Trainer(
            Network(
                Linear(width, width, bias: false), inputShape: Shape(dataset.sampleShape)),
            task: TrainingTask([Objective(loss: madeLoss(), metrics: [madeMetric()])]),
            optimizer: SGD(), learningRate: 0, backend: backend)
        let unit = (0..<width * width).map { $0 % (width + 1) == 0 ? 1 : 0 as Float }
        try trainer.load(
            Safetensors([.init(name: "weight", shape: [width, width], floats: unit)]))
        let found = try trainer.evaluate(dataset, batchSize: 7).metrics
        var deviations = [Deviation("value", found.map(\.value), try recorded.doubles("value"))]
        if let matrix = recorded["matrix"] {
            deviations.append(Deviation("matrix", found[0].sums, matrix.doubles()))
        }
        return deviations
    }

    private func dataset(of recorded: Safetensors) throws -> Dataset {
        let (x, target) = (try recorded.tensor("x"), try recorded.tensor("target"))
        return try Dataset(
            name: name, features: x.floats(), sampleShape: Array(x.shape.dropFirst()),
            targets: target.floats(), targetWidth: target.shape.dropFirst().reduce(1, *))
    }

    /// The recorded loss; for a metric, one whose outputs mean what the metric's do.
    private func madeLoss() -> any Loss {
        switch loss ?? metric {
        case BinaryCrossEntropy.typeName:
            BinaryCrossEntropy(positiveWeight: options?.pos_weight ?? [1])
        case MeanSquaredError.typeName, "determination": MeanSquaredError()
        case MeanAbsoluteError.typeName: MeanAbsoluteError()
        case Huber.typeName: options?.delta.map { Huber(delta: $0) } ?? Huber()
        case "accuracy" where options?.decisions == true: BinaryCrossEntropy()
        default:
            CrossEntropy(
                labelSmoothing: options?.label_smoothing ?? 0, classWeights: options?.weight,
                ignoredLabel: options?.ignore_index, softTargets: options?.soft_targets ?? false)
        }
    }

    private func madeMetric() -> any Metric {
        let (ignored, isSoft) = (options?.ignore_index, options?.soft_targets ?? false)
        return switch metric {
        case "accuracy": madeLoss().metrics[0]
        case "top-k": TopK(options?.k ?? 0, ignoredLabel: ignored, softTargets: isSoft)
        case "confusion": ConfusionMatrix(ignoredLabel: ignored, softTargets: isSoft)
        case "determination": Determination(center: options?.center ?? 0)
        default: Perplexity()
        }
    }
}
