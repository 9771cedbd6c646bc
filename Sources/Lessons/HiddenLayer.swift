import Charts
import NNGPU

/// A network finds the map by itself.
struct HiddenLayer: Lesson {
    let identifier = "hidden-layer"
    let title = "A hidden layer learns the map"
    let idea = """
        Nobody has to invent φ: hidden layers are a map with weights of its own, and the same gradient \
        trains them together with the neuron behind them. End to end, the network bends the plane until \
        the last neuron's straight line is enough. Here the map ends in two numbers, so the bent plane \
        can be drawn while it is learned.
        """
    let formula: Formula =
        "f(x) = σ(w^{T}φ(x) + b), φ(x) = W_{3} tanh(W_{2} tanh(W_{1}x + b_{1}) + b_{2}) + b_{3}"
    let next = "nngpu train --data spirals --hidden 32,32 --epochs 200 --learning-rate 0.01"

    func run(_ context: LessonContext) throws -> LessonResult {
        var rows = [["data", "epochs", "loss", "test accuracy"]]
        var (figures, findings): ([Figure], [Finding]) = ([], [])
        for (data, epochs) in [("xor", 30), ("moons", 30), ("spirals", 150)] {
            let split = try DataSource(data).load(seed: context.seed)
            let trainer = try trainer(context)
            let shown = try split.train.first(400)
            // Only the spirals are worth a picture at every stage.
            let stages = data == "spirals" ? [1, epochs / 6, epochs / 3, epochs] : [epochs]
            for stage in stages {
                try trainer.fit(
                    split.train,
                    options: TrainingOptions(length: .epochs(stage), batchSize: 100),
                    report: { progress in
                        guard data == "spirals" else { return }
                        context.progress(Double(progress.epoch) / Double(epochs))
                    })
                if data == "spirals" {
                    figures.append(.chart(try bent(shown, by: trainer, epoch: stage)))
                }
            }
            let evaluation = try trainer.evaluate(split.test ?? split.train)
            let accuracy = evaluation.accuracy ?? 0
            rows.append([data, String(epochs), evaluation.loss.short, accuracy.percent])
            figures.append(.chart(try decision(shown, by: trainer)))
            findings.append(
                Finding(
                    "\(data): the network passes 95 % on points it has not seen",
                    measured: accuracy.percent, isMet: accuracy > 0.95))
        }
        return LessonResult(table: rows, figures: figures, findings: findings)
    }

    private func trainer(_ context: LessonContext) throws -> Trainer {
        let model = Sequential {
            Linear(2, 24)
            Tanh()
            Linear(24, 24)
            Tanh()
            Linear(24, 2)
            Linear(2, 1)
        }
        return try Trainer(
            model: model, inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(),
            learningRate: 0.01, seed: context.seed, backend: context.backend)
    }

    private func decision(_ data: Dataset, by trainer: Trainer) throws -> Chart {
        let reach = Double(data.features.map(abs).max() ?? 1) * 1.05
        return Chart(
            "\(data.name): what the network decides", x: Axis("x₁", range: -reach...reach),
            y: Axis("x₂", range: -reach...reach),
            series: [try trainer.decision(x: -reach...reach, y: -reach...reach)] + data.clouds())
    }

    /// The samples as the last neuron sees them: the outputs of all layers but the last.
    private func bent(_ data: Dataset, by trainer: Trainer, epoch: Int) throws -> Chart {
        let hidden = try trainer.prefix(5).predict(data.features)
        let mapped = try Dataset(
            name: data.name, features: hidden, sampleShape: [2], targets: data.targets,
            targetWidth: 1)
        return Chart(
            "\(data.name) as the last neuron sees it, epoch \(epoch)",
            x: Axis("φ₁(x)"), y: Axis("φ₂(x)"),
            series: mapped.clouds())
    }
}
