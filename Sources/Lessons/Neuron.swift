import Charts
import Foundation
import NNGPU

/// One neuron separates what a straight line can separate.
struct Neuron: Lesson {
    let identifier = "neuron"
    let title = "One neuron"
    let idea = """
        A neuron weighs its inputs, adds them up and squashes the sum into a probability. Trained \
        with cross-entropy it turns its weights until the line where they sum to zero lies between \
        the classes. For two clouds of the same shape the best direction has a closed form, Fisher's \
        discriminant, and gradient descent finds it without knowing it.
        """
    let formula: Formula =
        "f(x, w) = σ(w^{T}x + b), σ(z) = 1/(1 + e^{−z}), w* ∝ Σ^{−1}(μ_{1} − μ_{0})"
    let next = "nngpu train --data moons --hidden none --epochs 50 --learning-rate 0.05"

    func run(_ context: LessonContext) throws -> LessonResult {
        let data = try clouds(context)
        let trainer = try Trainer(
            model: Sequential { Linear(2, 1) }, inputShape: [2], loss: .binaryCrossEntropy,
            optimizer: Adam(), learningRate: 0.05, seed: context.seed, backend: context.backend)
        var losses: [Point] = []
        try trainer.fit(
            data, options: TrainingOptions(length: .steps(300), batchSize: data.count),
            report: { progress in
                losses.append(Point(Double(progress.step), progress.recent.loss))
                context.progress(Double(progress.step) / 300)
            })
        let evaluation = try trainer.evaluate(data)
        let accuracy = evaluation.accuracy ?? 0
        let weight = try trainer.values(of: "0.weight")
        let learned = SIMD2(weight[0], weight[1])
        let fisher = fisherDirection(data)
        let cosine =
            (learned * fisher).sum()
            / ((learned * learned).sum() * (fisher * fisher).sum()).squareRoot()
        let angle = acos(min(1, cosine)) * 180 / .pi

        let boundary = Chart(
            "What the neuron decides", x: Axis("x₁", range: -4...4), y: Axis("x₂", range: -4...4),
            series: [try trainer.decision(x: -4...4, y: -4...4)] + data.clouds(),
            caption: "The shade begins where σ = ½ and deepens where the neuron is surer.")
        let descent = Chart(
            "Loss", x: Axis("step"), y: Axis("cross-entropy", scale: .logarithmic),
            series: [Series("", .line(losses))],
            caption: "On separable points the loss has no minimum: longer weights always help.")
        return LessonResult(
            table: [
                ["", "w₁", "w₂", "direction"],
                ["trained", weight[0].short, weight[1].short, degrees(learned)],
                ["closed form", fisher.x.short, fisher.y.short, degrees(fisher)],
            ],
            figures: [.chart(boundary), .chart(descent)],
            findings: [
                Finding(
                    "Points that a line can separate are all classified right",
                    measured: accuracy.percent, isMet: accuracy == 1),
                Finding(
                    "The learned direction is within 10° of Fisher's closed form",
                    measured: angle.fixed(2) + "°", isMet: angle <= 10),
            ])
    }

    private func degrees(_ direction: SIMD2<Double>) -> String {
        (atan2(direction.y, direction.x) * 180 / .pi).fixed(1) + "°"
    }

    /// Two ellipses of evenly spread points, so far apart that a line separates them for sure.
    private func clouds(_ context: LessonContext) throws -> Dataset {
        let count = 300
        let radii = context.uniform(count, in: 0...1, stream: 1)
        let angles = context.uniform(count, in: 0...(2 * .pi), stream: 2)
        var features: [Float] = []
        for index in 0..<count {
            let radius = radii[index].squareRoot()
            // Centers 1.3 away from the origin in units of the disc: 1 would let them touch.
            let side: Double = index % 2 == 0 ? -1 : 1
            let (u, v) = (radius * cos(angles[index]) + side * 1.3, radius * sin(angles[index]))
            features += [Float(1.2 * u + 0.9 * v), Float(-0.2 * u + 1.5 * v)]
        }
        return try Dataset(
            name: "two ellipses", features: features, sampleShape: [2],
            targets: (0..<count).map { Float($0 % 2) }, targetWidth: 1)
    }

    /// `Σ⁻¹(μ₁ − μ₀)` with the covariance Σ within the classes.
    private func fisherDirection(_ data: Dataset) -> SIMD2<Double> {
        let points = (0..<data.count).map {
            SIMD2(Double(data.features[2 * $0]), Double(data.features[2 * $0 + 1]))
        }
        let means = [0, 1].map { label in
            let own = points.indices.filter { $0 % 2 == label }.map { points[$0] }
            return own.reduce(.zero, +) / Double(own.count)
        }
        let spread = points.indices.map { points[$0] - means[$0 % 2] }
        let (a, b, c) = (
            spread.map { $0.x * $0.x }.reduce(0, +), spread.map { $0.x * $0.y }.reduce(0, +),
            spread.map { $0.y * $0.y }.reduce(0, +)
        )
        let difference = means[1] - means[0]
        let direction = SIMD2(
            c * difference.x - b * difference.y, a * difference.y - b * difference.x)
        return direction / (direction * direction).sum().squareRoot()
    }
}
