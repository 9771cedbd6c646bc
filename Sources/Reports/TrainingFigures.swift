import Charts
import NNGPU

/// The pictures of a training.
struct TrainingFigures {
    /// A matrix of more classes cannot be read.
    private static let largestMatrix = 20
    /// More points than this are a cloud of ink.
    private static let pointCount = 600

    /// How the training went.
    let curves: [Figure]
    /// What the trained model does.
    let results: [Figure]

    init(_ record: TrainingRecord, _ verdicts: Verdicts?) {
        let progress = record.progress
        func line(_ number: (TrainingProgress) -> Double?) -> [Point] {
            progress.compactMap { report in
                number(report).map { Point(Double(report.step), $0) }
            }
        }
        let step = Axis("step")
        var curves = [
            Chart(
                "Loss", x: step, y: Axis(type(of: record.loss).typeName, scale: .logarithmic),
                series: [
                    Series("training", .line(line { $0.recent.loss }), color: 0),
                    Series(record.monitored, .line(line { $0.validation?.loss }), color: 1),
                ].filter { !$0.isEmpty },
                caption: "Training: the samples since the report before, each before its step.")
        ]
        if record.loss.isClassification {
            curves.append(
                Chart(
                    "Accuracy", x: step, y: Axis("right", unit: "%"),
                    series: [
                        Series(
                            "training", .line(line { $0.recent.accuracy.map { $0 * 100 } }),
                            color: 0),
                        Series(
                            record.monitored,
                            .line(line { $0.validation?.accuracy.map { $0 * 100 } }),
                            color: 1),
                    ].filter { !$0.isEmpty }))
        }
        let speed = line { $0.samplesPerSecond }
        curves += [
            Chart(
                "Learning rate", x: step, y: Axis("learning rate"),
                series: [Series("", .line(line { $0.learningRate }), color: 2)]),
            Chart(
                "Throughput", x: step,
                // From zero, or small changes would look large.
                y: Axis(
                    "speed", unit: "samples/s", range: 0...1.1 * (speed.map(\.y).max() ?? 1)),
                series: [Series("", .line(speed), color: 3)],
                caption: "Evaluations do not count; the first report includes compilation."),
        ]
        self.curves = curves.map { .chart($0) }
        results =
            verdicts.map { Self.classification(record, $0) } ?? [.chart(Self.regression(record))]
    }

    private static func classification(
        _ record: TrainingRecord, _ verdicts: Verdicts
    ) -> [Figure] {
        var figures: [Figure] = []
        if verdicts.classCount <= largestMatrix {
            let names = (0..<verdicts.classCount).map(verdicts.name)
            figures.append(
                .chart(
                    Chart(
                        "Confusion matrix", x: Axis("predicted", scale: .categories(names)),
                        y: Axis("right", scale: .categories(names.reversed())),
                        series: [Series("", .matrix(verdicts.confusion.reversed()), color: 0)],
                        caption: "How many samples of each class were given to each class.")))
        }
        if record.dataset.featureCount == 2 {
            let wrong = Set(verdicts.mistakes)
            func points(_ isShown: (Int) -> Bool) -> [Point] {
                (0..<min(pointCount, record.dataset.count)).filter(isShown).map {
                    Point(
                        Double(record.dataset.features[2 * $0]),
                        Double(record.dataset.features[2 * $0 + 1]))
                }
            }
            let classes = (0..<verdicts.classCount).map { label in
                Series(
                    "taken for \(verdicts.name(label))",
                    .points(points { verdicts.predictions[$0] == label && !wrong.contains($0) }),
                    color: label % 6)
            }
            let mistakes = Series("wrong", .points(points { wrong.contains($0) }), color: 6)
            figures.append(
                .chart(
                    Chart(
                        "Samples", x: Axis("x₁"), y: Axis("x₂"),
                        series: (classes + [mistakes]).filter { !$0.isEmpty })))
        }
        return figures
    }

    private static func regression(_ record: TrainingRecord) -> Chart {
        let points = zip(record.dataset.targets, record.outputs).prefix(pointCount).map {
            Point(Double($0), Double($1))
        }
        let ends = [points.map(\.x).min() ?? 0, points.map(\.x).max() ?? 1]
        return Chart(
            "Predictions", x: Axis("target"), y: Axis("output"),
            series: [
                Series("samples", .points(points), color: 0),
                Series("right", .reference(ends.map { Point($0, $0) }), color: 6),
            ])
    }
}
