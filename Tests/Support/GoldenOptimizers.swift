import NNFiles
import NNGraph
import NNModel
import NNTraining

extension GoldenCase {
    /// How far single precision may be from PyTorch's own single precision after the ten steps.
    ///
    /// In a step, the longest chain of roundings that leads to a weight is that of the sums
    /// (5 + 7 + 6 terms forward, 3 + 6 + 16 back), the softmax (about 10) and the optimizer (about
    /// 10): 64 of 2⁻²⁴ each. Ten steps hand it on, without amplifying it on this problem.
    package static let singlePrecisionBound = 10 * 64 * 0x1p-24

    /// Trains as PyTorch did, and compares every loss, every weight and every optimizer state.
    package func optimizerDeviations(on backend: any Backend) throws -> [Deviation] {
        guard let optimizer = try makeOptimizer(), let rate = hyperparameters?.lr else { return [] }
        let recorded = try tensors()
        let model = Sequential {
            Linear(5, 7)
            Tanh()
            Linear(7, 6)
            ReLU()
            Linear(6, 3)
        }
        let trainer = try Trainer(
            model: model, inputShape: [5], loss: .crossEntropy, optimizer: optimizer,
            learningRate: rate, clipNorm: clip_norm, backend: backend)
        try trainer.load(recorded.initialWeights())
        let dataset = try Dataset(
            name: name, features: recorded.tensor("x").floats(), sampleShape: [5],
            targets: recorded.tensor("labels").floats(), targetWidth: 1)

        let normNow = try norm(for: trainer, dataset)
        var losses: [Double] = []
        var norms = [try normNow()]
        let result = try trainer.fit(
            dataset,
            options: TrainingOptions(
                length: .steps(10), batchSize: 16, isShuffled: false, lossInterval: 1)
        ) { progress in
            losses.append(progress.recent.loss)
            norms.append(try normNow())
        }
        var deviations = [
            Deviation("steps", [Double(result.step)], [10]),
            Deviation("losses", losses, try recorded.doubles("losses")),
        ]
        if clip_norm != nil {
            deviations.append(
                Deviation("norms", norms.dropLast(), try recorded.doubles("norms")))
        }
        let state = trainer.state
        let vectors = [("final", state.parameters)] + state.optimizerStates.map { ($0.0, $0.1) }
        for (vectorName, buffer) in vectors {
            let values = try backend.read(buffer)
            for entry in trainer.graphs.layout.entries {
                let key =
                    vectorName == "final"
                    ? "final.\(entry.name)"
                    : "state.\(entry.name).\(vectorName.dropFirst("optimizer.".count))"
                deviations.append(
                    Deviation(key, Array(values[entry.range]), try recorded.doubles(key)))
            }
        }
        return deviations
    }

    /// A function that computes the norm of the gradient at the trainer's present parameters.
    private func norm(for trainer: Trainer, _ dataset: Dataset) throws -> () throws -> Double {
        let backend = trainer.state.backend
        let batch = try trainer.graphs.batch(dataset.count, isTraining: true)
        let gradient = try batch.gradient(of: batch.terms.mean())
        let executable = try backend.compile(
            Graph(outputs: ["norm": globalNorm(gradient)]),
            binding: [TrainingGraphs.Name.parameters: trainer.state.parameters])
        try backend.write(Array(dataset.features), to: executable.buffer(named: "features"))
        try backend.write(dataset.classLabels(), to: executable.buffer(named: "targets"))
        return {
            try executable.run()
            return try backend.read(executable.buffer(named: "norm"))[0]
        }
    }

    func makeOptimizer() throws -> (any Optimizer)? {
        guard let h = hyperparameters, let rule = optimizer.flatMap(OptimizerName.init) else {
            return nil
        }
        return try rule.optimizer(
            OptimizerOptions(
                momentum: h.momentum, nesterov: h.nesterov ?? false,
                betas: h.betas.map { Betas($0[0], $0[1]) }, epsilon: h.eps, alpha: h.alpha,
                weightDecay: h.weight_decay))
    }
}
