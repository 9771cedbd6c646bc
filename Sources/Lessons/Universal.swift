import Charts
import Foundation
import NNGPU

/// One hidden layer approximates any continuous function, if it is wide enough.
struct Universal: Lesson {
    let identifier = "universal"
    let title = "Universal approximation, and the catch"
    let idea = """
        A sum of enough bent lines comes as close as you like to any continuous function on an interval. \
        So the error of one hidden layer falls as it becomes wider. The catch: the theorem says that \
        good weights exist and not that descent finds them, so the same width ends elsewhere from every \
        start.
        """
    let formula: Formula =
        "f(x) ≈ Σ_{i ≤ m} v_{i} max(0, w_{i}x + b_{i}) + c, error → 0 as m → ∞"
    let next = "nngpu learn universal --function \"exp(-x^2)*cos(8*x)\""

    private static let widths = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    private static let samples = 128
    private static let steps = 400
    private static let starts = 8

    func run(_ context: LessonContext) throws -> LessonResult {
        var targets = try [
            TargetFunction("sine", "sin(pi*x)"), TargetFunction("step", "sign(x)"),
            TargetFunction("chirp", "sin(6*x*abs(x)+2*x)"),
        ]
        if let own = context.function { targets.append(own) }
        let fits = targets.count * Self.widths.count + Self.starts
        var done = 0
        func error(_ data: Dataset, _ width: Int, _ seed: UInt64) throws -> (Double, [Point]) {
            defer {
                done += 1
                context.progress(Double(done) / Double(fits))
            }
            return try fit(data, width: width, seed: seed, on: context.backend)
        }

        var rows = [["function", "width 2", "width 32", "width 1024", "2 over best"]]
        var (errors, figures, findings): ([Series], [Figure], [Finding]) = ([], [], [])
        for (index, target) in targets.enumerated() {
            let data = try target.dataset(samples: Self.samples)
            let results = try Self.widths.map { try error(data, $0, context.seed) }
            let byWidth = zip(Self.widths, results).map { Point(Double($0), $1.0) }
            let best = byWidth.map(\.y).min() ?? .nan
            let gain = byWidth[0].y / best
            rows.append(
                [target.name] + [0, 4, 9].map { byWidth[$0].y.short } + [gain.short])
            errors.append(Series(target.name, .line(byWidth), color: index))
            figures.append(.chart(picture(data, results.map(\.1), target.name)))
            findings.append(
                Finding(
                    "\(target.name): the error at the best width is at most half of that at width 2",
                    measured: "1/\(gain.short) of it", isMet: gain >= 2))
        }
        let chirp = try targets[2].dataset(samples: Self.samples)
        let spread = try (0..<Self.starts).map { start in
            try error(chirp, 16, context.seed &+ UInt64(1 + start) &* 1000).0
        }.sorted()
        let ratio = (spread.last ?? .nan) / (spread.first ?? .nan)
        rows += [
            [], ["chirp, width 16", "best of \(Self.starts) starts", "worst", "worst over best"],
            ["", (spread.first ?? .nan).short, (spread.last ?? .nan).short, ratio.short],
        ]
        findings.append(
            Finding(
                "The catch: the worst start of width 16 ends at least 1.2 times as far off as the best",
                measured: ratio.short, isMet: ratio >= 1.2))
        let chart = Chart(
            "Error against width", x: Axis("hidden units", scale: .logarithmic),
            y: Axis("root mean square error", scale: .logarithmic),
            series: errors + [
                Series(
                    "chirp, other starts", .points(spread.map { Point(16, $0) }), color: 2)
            ],
            caption:
                "\(Self.steps) steps of Adam each. The step is not continuous: its error stays.")
        return LessonResult(table: rows, figures: [.chart(chart)] + figures, findings: findings)
    }

    /// Trains one hidden layer; returns the error and the approximation.
    private func fit(
        _ data: Dataset, width: Int, seed: UInt64, on backend: any Backend
    ) throws -> (Double, [Point]) {
        let trainer = try Trainer(
            model: Sequential {
                Linear(1, width)
                ReLU()
                Linear(width, 1)
            }, inputShape: [1], loss: .meanSquaredError, optimizer: Adam(),
            // Wide layers add up more changes, so each has to be smaller.
            learningRate: 0.02 * min(1, 128 / Double(width)).squareRoot(),
            schedule: .cosine(minimum: 1e-4), seed: seed, backend: backend)
        try trainer.fit(
            data,
            options: TrainingOptions(
                length: .steps(Self.steps), batchSize: data.count, isShuffled: false))
        let outputs = try trainer.predict(data.features).map(Double.init)
        let misses = zip(outputs, data.targets).map { $0 - Double($1) }
        let points = zip(data.features, outputs).map { Point(Double($0), $1) }
        return (Statistics.rootMeanSquare(misses), points)
    }

    private func picture(_ data: Dataset, _ curves: [[Point]], _ name: String) -> Chart {
        let truth = zip(data.features, data.targets).map { Point(Double($0), Double($1)) }
        return Chart(
            "\(name), approximated", x: Axis("x"), y: Axis("f(x)"),
            series: [
                Series("the function", .reference(truth), color: 6),
                Series("2 units", .line(curves[0]), color: 1),
                Series("8 units", .line(curves[2]), color: 3),
                Series("1024 units", .line(curves[9]), color: 0),
            ])
    }
}
