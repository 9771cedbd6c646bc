import Charts
import Foundation
import NNGPU

/// Without activations, layers are one matrix.
struct Collapse: Lesson {
    let identifier = "collapse"
    let title = "Without activations, depth collapses"
    let idea = """
        A product of matrices is a matrix: five affine layers in a row compute what a single one could. \
        So W′ and b′ can be multiplied out and give the same outputs. Such a network fails XOR exactly \
        as a neuron does, and the same layers with tanh between them do not.
        """
    let formula: Formula =
        "W′ = W_{5}W_{4}W_{3}W_{2}W_{1}, b′ = W_{5}(W_{4}(W_{3}(W_{2}b_{1} + b_{2}) + b_{3}) + b_{4}) + b_{5}"
    let next = "nngpu learn universal"

    private static let widths = [2, 16, 16, 16, 16, 1]

    func run(_ context: LessonContext) throws -> LessonResult {
        let moons = try DataSource("moons").load(seed: context.seed).train
        let trained = try trainer(hasActivations: false, context)
        try trained.fit(moons, options: TrainingOptions(length: .epochs(5), batchSize: 100))
        let network = try trained.predict(moons.features)
        let matrix = try collapsed(trained, at: Array(moons.features), on: context.backend)
        let scale = network.map { Double(abs($0)) }.max() ?? 1
        let difference = zip(network, matrix.outputs).map { abs(Double($0) - $1) }.max() ?? .nan
        context.progress(0.4)

        let corners = try Dataset.corners()
        let linear = try losses(hasActivations: false, on: corners, context)
        context.progress(0.7)
        let bent = try losses(hasActivations: true, on: corners, context)
        let barrier = log(2.0)
        let last = linear.losses.last?.y ?? .nan
        let chart = Chart(
            "Five layers on XOR", x: Axis("step"), y: Axis("cross-entropy", scale: .logarithmic),
            series: [
                Series("without activations", .line(linear.losses), color: 1),
                Series("with tanh", .line(bent.losses), color: 0),
                Series(
                    "ln 2", .reference([Point(1, barrier), Point(300, barrier)]), color: 6),
            ], caption: "Depth alone is worth nothing: the linear stack stays at ln 2.")
        return LessonResult(
            table: [
                ["W′ and b′", "x₁", "x₂", "1"],
                ["multiplied out"] + matrix.weights.map(\.short),
                [],
                ["five layers on XOR", "loss", "best accuracy"],
                ["without activations", last.short, linear.best.percent],
                ["with tanh", (bent.losses.last?.y ?? .nan).short, bent.best.percent],
            ],
            figures: [.chart(chart)],
            findings: [
                Finding(
                    "W′x + b′ agrees with the network to 10⁻⁵ of its largest output",
                    measured: (difference / scale).short, isMet: difference / scale <= 1e-5),
                Finding(
                    "Without activations XOR stays at 75 % or less, and at a loss of at least ln 2",
                    measured: "\(linear.best.percent), loss \(last.short)",
                    isMet: linear.best <= 0.75 && last > barrier - 1e-6),
                Finding(
                    "With tanh between the same layers XOR is solved",
                    measured: bent.best.percent, isMet: bent.best == 1),
            ])
    }

    private func trainer(hasActivations: Bool, _ context: LessonContext) throws -> Trainer {
        let model = Sequential {
            for (index, sizes) in zip(Self.widths, Self.widths.dropFirst()).enumerated() {
                if index > 0, hasActivations { Tanh() }
                Linear(sizes.0, sizes.1)
            }
        }
        return try Trainer(
            model: model, inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(),
            learningRate: 0.01, seed: context.seed, backend: context.backend)
    }

    private func losses(
        hasActivations: Bool, on data: Dataset, _ context: LessonContext
    ) throws -> (losses: [Point], best: Double) {
        var (losses, best): ([Point], Double) = ([], 0)
        try trainer(hasActivations: hasActivations, context).fit(
            data, options: TrainingOptions(length: .steps(300), batchSize: 4, isShuffled: false),
            report: { progress in
                losses.append(Point(Double(progress.step), progress.recent.loss))
                best = max(best, progress.recent.accuracy ?? 0)
            })
        return (losses, best)
    }

    /// Multiplies the layers out on the device and applies the result: (W′, b′) and W′x + b′.
    private func collapsed(
        _ trainer: Trainer, at features: [Float], on backend: any Backend
    ) throws -> (weights: [Double], outputs: [Double]) {
        let entries = trainer.graphs.layout.entries
        let leaves = try entries.map { try Tensor.parameter($0.name, $0.shape) }
        var (weight, bias) = (leaves[0], leaves[1])
        for layer in stride(from: 2, to: leaves.count, by: 2) {
            weight = try matmul(leaves[layer], weight)
            bias = try matmul(leaves[layer], bias) + leaves[layer + 1]
        }
        let x = try Tensor.input("x", [features.count / 2, 2])
        let outputs = try matmul(x, weight, transposeB: true) + bias
        let executable = try backend.compile(
            Graph(outputs: [
                "collapsed": concatenate([weight.reshape([2]), bias]), "outputs": outputs,
            ]))
        for entry in entries {
            try backend.write(
                trainer.values(of: entry.name), to: executable.buffer(named: entry.name))
        }
        try backend.write(features, to: executable.buffer(named: "x"))
        try executable.run()
        return (
            try backend.read(executable.buffer(named: "collapsed")),
            try backend.read(executable.buffer(named: "outputs"))
        )
    }
}
