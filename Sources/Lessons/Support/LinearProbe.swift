import NNGPU

extension Hierarchy {
    /// The share of test pictures whose class a softmax regression on these features names, [pictures, width] each.
    static func probe(
        _ training: Features, _ testing: Features, _ train: Dataset, _ test: Dataset,
        _ context: LessonContext
    ) throws -> Double {
        let width = training.count / train.count
        let known = training.map(Double.init)
        let mean = Statistics.mean(known)
        let scale = Statistics.rootMeanSquare(known.map { $0 - mean })
        func scaled(_ features: Features, _ data: Dataset) throws -> Dataset {
            try Dataset(
                name: data.name, features: features.map { ($0 - Float(mean)) / Float(scale) },
                sampleShape: [width], targets: data.targets, targetWidth: 1)
        }
        let trainer = try Trainer(
            model: Linear(width, Outline.allCases.count), inputShape: [width], loss: .crossEntropy,
            optimizer: Adam(), learningRate: 0.01, schedule: .cosine(minimum: 0),
            seed: context.seed, backend: context.backend)
        try trainer.fit(
            scaled(training, train), options: TrainingOptions(length: .steps(500), batchSize: 100))
        return try trainer.evaluate(scaled(testing, test)).accuracy ?? 0
    }
}
