import Charts
import NNGPU

/// The gradient of a layer is one matrix product, and that is what devices are good at.
struct OuterProduct: Lesson {
    let identifier = "outer-product"
    let title = "The gradient as one product"
    let idea = """
        The gradient of an affine layer's weights is the outer product of what comes back and what went \
        in, summed over the batch. Entry by entry it takes a small piece of work for each weight, sample \
        by sample one for each sample, and as a product of two matrices it is a single large one. Large \
        pieces reuse what they have read and keep every unit busy: that is why GPUs are so effective.
        """
    let formula: Formula =
        "∂E/∂W = Σ_{b} δ_{b}x_{b}^{T} = Δ^{T}X, Δ [batch, outputs], X [batch, inputs]"
    let next = "nngpu bench matmul"

    private static let (outputs, inputs) = (128, 128)
    private static let batches = [1, 4, 16, 64, 256]

    func run(_ context: LessonContext) throws -> LessonResult {
        var rows = [["GFLOP/s at batch", "entry by entry", "sample by sample", "one product"]]
        var rates: [[Point]] = [[], [], []]
        var worst = 0.0
        for (index, batch) in Self.batches.enumerated() {
            let ways = try Ways(batch: batch, outputs: Self.outputs, inputs: Self.inputs, context)
            let seconds = try [
                ways.timeOfEntries(), ways.timeOfSamples(), ways.timeOfProduct(),
            ]
            let work = 2 * Double(batch * Self.outputs * Self.inputs)
            for way in 0..<3 {
                rates[way].append(Point(Double(batch), work / seconds[way] * 1e-9))
            }
            rows.append([String(batch)] + rates.map { $0[index].y.short })
            worst = max(worst, try ways.disagreement())
            context.progress(Double(index + 1) / Double(Self.batches.count))
        }
        let last = rates.map { $0[$0.count - 1].y }
        let chart = Chart(
            "Rate of arithmetic", x: Axis("batch size", scale: .logarithmic),
            y: Axis("rate", unit: "GFLOP/s", scale: .logarithmic),
            series: [
                Series("one product", .line(rates[2]), color: 0),
                Series("sample by sample", .line(rates[1]), color: 2),
                Series("entry by entry", .line(rates[0]), color: 1),
            ], caption: "The same \(Self.outputs) × \(Self.inputs) gradient, the same device.")
        return LessonResult(
            table: rows, figures: [.chart(chart)],
            findings: [
                Finding(
                    "The three ways agree, to 10⁻⁵ of the largest entry", measured: worst.short,
                    isMet: worst <= 1e-5),
                Finding(
                    "At batch \(Self.batches[4]) one product is at least 1.5 times as fast as both others",
                    measured: "\((last[2] / last[1]).short) and \((last[2] / last[0]).short) times",
                    isMet: last[2] >= 1.5 * max(last[0], last[1])),
            ])
    }

    /// One gradient, computed in three ways.
    private struct Ways {
        private let backend: any Backend
        private let batch: Int
        private let (outputs, inputs): (Int, Int)
        private let (deltas, samples): (any TensorBuffer, any TensorBuffer)
        private let (product, sample, entry): (any Executable, any Executable, any Executable)

        init(batch: Int, outputs: Int, inputs: Int, _ context: LessonContext) throws {
            backend = context.backend
            (self.batch, self.outputs, self.inputs) = (batch, outputs, inputs)
            let delta = try Tensor.input("delta", [batch, outputs])
            let x = try Tensor.input("x", [batch, inputs])
            deltas = try backend.makeBuffer(delta.type)
            samples = try backend.makeBuffer(x.type)
            try backend.write(
                context.uniform(batch * outputs, in: -1...1, stream: 1), to: deltas)
            try backend.write(context.uniform(batch * inputs, in: -1...1, stream: 2), to: samples)
            let buffers = ["delta": deltas, "x": samples]
            product = try backend.compile(
                Graph(outputs: ["gradient": matmul(delta, x, transposeA: true)]), binding: buffers)
            let column = try (delta.slice(2..<3, axis: 1) * x.slice(1..<2, axis: 1)).sum()
            entry = try backend.compile(Graph(outputs: ["entry": column]), binding: buffers)
            let (row, one) = (
                try Tensor.input("delta of one", [1, outputs]),
                try Tensor.input("x of one", [1, inputs])
            )
            let total = try Tensor.parameter("gradient", [outputs, inputs])
            sample = try backend.compile(
                Graph(updates: [(total, total + matmul(row, one, transposeA: true))]))
        }

        /// One of the entries, so often as there are entries.
        func timeOfEntries() throws -> Double {
            try Stopwatch.median {
                for _ in 0..<64 { try entry.run() }
                try backend.synchronize()
            } / 64 * Double(outputs * inputs)
        }

        func timeOfSamples() throws -> Double {
            try Stopwatch.median(addSamples)
        }

        func timeOfProduct() throws -> Double {
            try Stopwatch.median {
                for _ in 0..<4 { try product.run() }
                try backend.synchronize()
            } / 4
        }

        /// How far the other ways are from the product, over its largest entry.
        func disagreement() throws -> Double {
            try product.run()
            let truth = try backend.read(product.buffer(named: "gradient"))
            try backend.write(
                [Double](repeating: 0, count: truth.count), to: sample.buffer(named: "gradient"))
            try addSamples()
            let sums = try backend.read(sample.buffer(named: "gradient"))
            try entry.run()
            let single = try backend.read(entry.buffer(named: "entry"))[0]
            let differences =
                zip(truth, sums).map { abs($0 - $1) } + [abs(truth[2 * inputs + 1] - single)]
            return (differences.max() ?? .nan) / (truth.map { abs($0) }.max() ?? 1)
        }

        private func addSamples() throws {
            for index in 0..<batch {
                try backend.copy(
                    deltas, from: index * outputs, to: sample.buffer(named: "delta of one"))
                try backend.copy(
                    samples, from: index * inputs, to: sample.buffer(named: "x of one"))
                try sample.run()
            }
            try backend.synchronize()
        }
    }
}
