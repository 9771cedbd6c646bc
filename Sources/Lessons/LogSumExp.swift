import Charts
import Foundation
import NNGPU

/// Subtracting the maximum makes the same sum safe.
struct LogSumExp: Lesson {
    let identifier = "log-sum-exp"
    let title = "Log-sum-exp"
    let idea = """
        A common factor can be pulled out of a sum of exponentials, and out of the logarithm it becomes \
        a term. With the largest logit as that term no exponent is positive, so nothing overflows, and \
        one summand is exactly 1, so the logarithm never sees 0. The result is the same wherever the \
        textbook's formula has one; the backend computes it in one kernel.
        """
    let formula: Formula =
        "log Σ_{i} e^{x_{i}} = a + log Σ_{i} e^{x_{i} − a}, a = max x"
    let next = "nngpu bench kernels --filter softmax-cross-entropy"

    private static let (rows, columns) = (400, 10)

    func run(_ context: LessonContext) throws -> LessonResult {
        // Each row has a scale of its own, from 1 to 10⁴, and numbers that Float holds exactly.
        let numbers = context.uniform(Self.rows * Self.columns, in: -1...1, stream: 1)
        let scales = (0..<Self.rows).map { pow(10, 4 * Double($0) / Double(Self.rows - 1)) }
        let logits = numbers.indices.map {
            Double(Float(numbers[$0] * scales[$0 / Self.columns]))
        }
        let x = try Tensor.input("x", [Self.rows, Self.columns])
        let fused = try Graph(outputs: ["result": NNGPU.logSumExp(x)])
        let naive = try Graph(outputs: ["result": log(exp(x).sum([1]))])
        let safe = try evaluate(fused, logits, on: context.backend)
        let textbook = try evaluate(naive, logits, on: context.backend)
        let truth = (0..<Self.rows).map { row in
            let own = logits[row * Self.columns..<(row + 1) * Self.columns]
            let largest = own.max() ?? 0
            return largest + log(own.map { exp($0 - largest) }.reduce(0, +))
        }
        let errors = zip(safe, truth).map { abs($0 - $1) / abs($1) }
        let worst = errors.max() ?? .nan
        let finite = textbook.indices.filter { textbook[$0].isFinite }
        let agreement = finite.map { abs(safe[$0] - textbook[$0]) / abs(truth[$0]) }.max() ?? .nan
        context.progress(0.7)
        let launches = try self.launches(of: fused, on: context.backend)

        func points(_ values: [Double]) -> [Point] {
            zip(scales, values).filter { $1.isFinite && $1 > 0 }.map { Point($0, $1) }
        }
        let results = Chart(
            "log Σ eˣ of ten numbers", x: Axis("largest |x|", scale: .logarithmic),
            y: Axis("result", scale: .logarithmic),
            series: [
                Series("with a = max x", .points(points(safe)), color: 0),
                Series("textbook, where finite", .points(points(textbook)), color: 1),
            ], caption: "The textbook's formula ends where eˣ overflows; the other goes on.")
        let accuracy = Chart(
            "Relative error with a = max x", x: Axis("largest |x|", scale: .logarithmic),
            y: Axis("relative error", scale: .logarithmic, range: 1e-18...1e-5),
            series: [
                Series("measured", .points(points(errors.map { max($0, 1e-17) })), color: 0),
                Series(
                    "10⁻⁶", .reference([Point(1, 1e-6), Point(1e4, 1e-6)]), color: 1),
            ], caption: "Results without any error stand at 10⁻¹⁷.")
        return LessonResult(
            table: [
                ["rows up to ±10⁴", "finite", "largest relative error"],
                ["with a = max x", "\(safe.count { $0.isFinite })", worst.short],
                ["textbook", "\(finite.count)", "\(agreement.short) from the other"],
                ["launches", launches, ""],
            ],
            figures: [.chart(results), .chart(accuracy)],
            findings: [
                Finding(
                    "All \(Self.rows) rows are finite where the textbook's formula fails for some",
                    measured: "\(safe.count { $0.isFinite }) against \(finite.count)",
                    isMet: safe.allSatisfy(\.isFinite) && finite.count < Self.rows),
                Finding(
                    "The worst relative error over ±10⁴ is at most 10⁻⁶", measured: worst.short,
                    isMet: worst <= 1e-6),
                Finding(
                    "Where the textbook's formula is finite, both agree to 10⁻⁵",
                    measured: agreement.short, isMet: agreement <= 1e-5),
                Finding(
                    "The backend runs it as one operation", measured: launches,
                    isMet: ["logSumExp", "log_sum_exp"].contains(launches)),
            ])
    }

    private func evaluate(
        _ graph: Graph, _ logits: [Double], on backend: any Backend
    ) throws -> [Double] {
        let executable = try backend.compile(graph)
        try backend.write(logits, to: executable.buffer(named: "x"))
        try executable.run()
        return try backend.read(executable.buffer(named: "result"))
    }

    /// What the device really launches, or on the reference, what it interprets.
    private func launches(of graph: Graph, on backend: any Backend) throws -> String {
        guard let opencl = backend as? OpenCLBackend else {
            return graph.nodes.filter { $0.operation.leafName == nil }.map(\.operation.name)
                .joined(separator: ", ")
        }
        let profiling = try OpenCLBackend(opencl.device, isProfiling: true)
        let executable = try profiling.compile(graph)
        return try profiling.profile(executable, runs: 1).map(\.label).joined(separator: ", ")
    }
}
