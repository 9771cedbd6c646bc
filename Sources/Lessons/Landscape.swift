import Charts
import NNGPU

/// The loss of a small network over a plane through its minimum.
struct Landscape: Lesson {
    let identifier = "landscape"
    let title = "The landscape of the loss"
    let idea = """
        The loss is a height over the space of all weights, and training walks downhill in it. A plane \
        through the found minimum, spanned by two random directions with every neuron's part as long as \
        its weights, can be drawn as a map. Unlike a neuron's, it is not convex: valleys bend, and in \
        places it curves up one way and down the other, like a saddle.
        """
    let formula: Formula =
        "E(α, β) = E(W* + α·D_{1} + β·D_{2}), ‖D_{i}‖ = ‖W*‖ neuron by neuron, saddle: det ∇²E < 0"
    let next = "nngpu learn descent"

    private static let reach = 1.6
    private static let size = 29
    private static let starts = [(-1.4, 1.3), (1.4, 1.4), (1.3, -1.4), (-1.3, -1.2)]

    func run(_ context: LessonContext) throws -> LessonResult {
        let backend = context.backend
        let data = try DataSource("moons").load(seed: context.seed).train.first(200)
        let trainer = try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [8], outputs: 1, activation: .tanh),
            inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(), learningRate: 0.03,
            seed: context.seed, backend: backend)
        try trainer.fit(
            data, options: TrainingOptions(length: .steps(300), batchSize: data.count))
        context.progress(0.2)
        let plane = try Plane(through: trainer, data: data, context)

        var curvatures: [Double] = []
        let range = -Self.reach...Self.reach
        let heights = try Field(
            columns: Self.size, rows: Self.size, x: range, y: range, levels: []
        ) { places in
            try places.enumerated().map { index, place in
                if index % Self.size == 0 {
                    context.progress(0.2 + 0.6 * Double(index) / Double(places.count))
                }
                let (height, determinant) = try plane.look(at: place)
                curvatures.append(determinant)
                return height
            }
        }
        let center = try plane.look(at: Point(0, 0)).height
        let paths = try Self.starts.map { try plane.descend(from: Point($0.0, $0.1), steps: 150) }
        let saddles = Double(curvatures.count { $0 < 0 }) / Double(curvatures.count)
        let lowest = heights.values.min() ?? .nan
        let sorted = heights.values.sorted()
        let levels = (1...7).map { sorted[sorted.count * $0 / 8] }

        let map = Chart(
            "E over two directions", x: Axis("α", range: range), y: Axis("β", range: range),
            series: [
                Series(
                    "higher", .field(heights.with(levels: levels)), color: 6)
            ]
                + paths.enumerated().map { index, path in
                    Series(
                        index == 0 ? "descent" : "", .line(path.map(\.place)), color: 1)
                } + [
                    Series("starts", .points(paths.map { $0[0].place }), color: 1),
                    Series("W*", .points([Point(0, 0)]), color: 0),
                ],
            caption:
                "Contours enclose equal shares of the map. Each path follows −∇E in this plane.")
        let profile = Chart(
            "Along the paths", x: Axis("step"), y: Axis("E", scale: .logarithmic),
            series: paths.enumerated().map { index, path in
                Series(
                    "from \(name(of: index))",
                    .line(path.enumerated().map { Point(Double($0.offset), $0.element.height) }),
                    color: index)
            })
        let isDownhill = paths.allSatisfy { path in
            zip(path, path.dropFirst()).allSatisfy { $1.height <= $0.height + 1e-6 }
        }
        return LessonResult(
            table: [["path from", "E at its start", "E at its end"]]
                + paths.enumerated().map { index, path in
                    [
                        name(of: index),
                        path[0].height.short, path[path.count - 1].height.short,
                    ]
                } + [["W*", center.short, ""]],
            figures: [.chart(map), .chart(profile)],
            findings: [
                Finding(
                    "Every step of every path leads downhill",
                    measured: isDownhill ? "all of them" : "not all", isMet: isDownhill),
                Finding(
                    "No place of the map is lower than W* by more than 0.05",
                    measured: "\(lowest.short) against \(center.short)",
                    isMet: lowest >= center - 0.05),
                Finding(
                    "The landscape is not convex: part of it is shaped like a saddle",
                    measured: "det ∇²E < 0 at \(saddles.percent) of the places", isMet: saddles > 0),
            ])
    }

    private func name(of start: Int) -> String {
        "(\(Self.starts[start].0.fixed(1)), \(Self.starts[start].1.fixed(1)))"
    }
}
