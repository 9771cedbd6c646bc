import Charts
import Foundation
import NNGPU

/// One neuron cannot compute XOR, however it starts.
struct LinearBarrier: Lesson {
    let identifier = "linear-barrier"
    let title = "The linear barrier"
    let idea = """
        XOR's classes lie on opposite corners of a square, so every straight line has at least one \
        corner on its wrong side: 75 % is the most. The loss is convex in the weights and its gradient \
        vanishes at w = 0, b = 0, where every prediction is ½. So all starts end at the same loss, \
        that of knowing nothing: ln 2.
        """
    let formula: Formula =
        "min_{w, b} E(w, b) = E(0, 0) = −log ½ = ln 2 ≈ 0.6931"
    let next = "nngpu train --data xor --hidden none --epochs 100"

    private static let starts = 24
    private static let steps = 200

    func run(_ context: LessonContext) throws -> LessonResult {
        // All starts are trained at once: each is a column of w.
        let x = try Tensor.constant([-1, -1, -1, 1, 1, -1, 1, 1], [4, 2])
        let y = try Tensor.constant([0, 1, 1, 0], [4, 1])
        let w = try Tensor.parameter("w", [2, Self.starts])
        let b = try Tensor.parameter("b", [Self.starts])
        let best = try Tensor.parameter("best", [Self.starts])
        let z = try matmul(x, w) + b
        let losses = try (y * softplus(-z) + (1 - y) * softplus(z)).mean([0])
        let accuracy = try compare(compare(z, .greater, .constant(0)), .equal, y).mean([0])
        let slopes = try gradients(of: losses.sum(), withRespectTo: [w, b])
        let graph = try Graph(
            outputs: ["losses": losses],
            updates: [
                (w, w - slopes[0]), (b, b - slopes[1]), (best, maximum(best, accuracy)),
            ])

        let backend = context.backend
        let step = try backend.compile(graph)
        try backend.write(
            context.uniform(2 * Self.starts, in: -3...3, stream: 1), to: step.buffer(named: "w"))
        try backend.write(
            context.uniform(Self.starts, in: -3...3, stream: 2), to: step.buffer(named: "b"))
        var history: [[Double]] = []
        for index in 0..<Self.steps {
            try step.run()
            if index < 40 || index == Self.steps - 1 {
                history.append(try backend.read(step.buffer(named: "losses")))
            }
            context.progress(Double(index + 1) / Double(Self.steps))
        }
        let highest = try backend.read(step.buffer(named: "best"))
        let last = history[history.count - 1]
        let barrier = log(2.0)
        let gap = last.map { abs($0 - barrier) }.max() ?? .infinity

        let paths = (0..<Self.starts).map { start in
            let points = history.prefix(40).enumerated().map {
                Point(Double($0.offset), $0.element[start])
            }
            return Series(start == 0 ? "loss of a start" : "", .line(points), color: 0)
        }
        let limit = Series(
            "ln 2", .reference([Point(0, barrier), Point(39, barrier)]), color: 1)
        let chart = Chart(
            "\(Self.starts) starts, one end", x: Axis("step"),
            y: Axis("cross-entropy", scale: .logarithmic, range: 0.5...5),
            series: paths + [limit],
            caption: "Whatever the first weights are, the neuron ends at ln 2 and stays there.")
        return LessonResult(
            table: [
                ["over \(Self.starts) starts", "smallest", "median", "largest"],
                ["first loss"] + summary(history[0]), ["last loss"] + summary(last),
                ["best accuracy of any step"] + summary(highest),
            ],
            figures: [.chart(chart)],
            findings: [
                Finding(
                    "No start passes 75 % at any step",
                    measured: (highest.max() ?? 1).percent, isMet: (highest.max() ?? 1) <= 0.75),
                Finding(
                    "Every start ends at a loss of ln 2, to 10⁻⁶",
                    measured: "at most \(gap.short) away", isMet: gap <= 1e-6),
            ])
    }

    private func summary(_ numbers: [Double]) -> [String] {
        [numbers.min() ?? .nan, Statistics.median(numbers), numbers.max() ?? .nan].map(\.short)
    }
}
