import Foundation
import NNGPU

/// Tuning for the training of one model, with its progress on stderr.
struct Tuning {
    private let graphs: TrainingGraphs
    private let batchSizes: [Int]
    private let backend: OpenCLBackend

    /// Describes a training with steps of the given sizes.
    init(_ graphs: TrainingGraphs, batchSizes: [Int], on backend: OpenCLBackend) {
        self.graphs = graphs
        self.batchSizes = batchSizes
        self.backend = backend
    }

    /// The products of a step of each size.
    func products() throws -> [ProductShape] {
        // The number of all samples does not change them.
        try batchSizes.flatMap { size in
            try backend.products(of: graphs.step(sampleCount: size, batchSize: size))
        }
    }

    /// Measures products for at most `budget` seconds, and keeps and returns what was found.
    @discardableResult
    func run(
        _ products: [ProductShape], budget: Double,
        report: (Tuner.Progress) -> Void = { Console.diagnose($0.line) }
    ) throws -> TuningFile {
        // Better no place now than after a minute.
        guard backend.tuningPath != nil else { throw TuningFileError.noPlace }
        let tuner = Tuner(
            backend,
            worker: Invocation.command([
                "tune", "--worker", "--device", "\(backend.device.index)",
            ]))
        let file = try tuner.tune(products, budget: budget, report: report)
        try backend.keep(file)
        return file
    }

    // MARK: - Before a training

    /// The longest that a training waits for a tuning, in seconds, and the shortest worth beginning.
    private static let longest = 8.0, shortest = 1.0

    /// Tunes before a training of so many steps where that pays: for a twentieth of the time that the
    /// training will take at the device's estimated rate, and not at all if that is under a second.
    ///
    /// A training never fails for want of a tuning: it says so and goes by the rules.
    ///
    /// - Returns: Whether something was measured, so that other kernels may be chosen now.
    func prepareTraining(steps: Double, isQuiet: Bool) -> Bool {
        let batch = Double(batchSizes.max() ?? 1)
        // Forward, weight gradient and input gradient: a multiply-add each for every weight.
        let flops = 6 * steps * batch * Double(graphs.layout.count)
        let budget = min(Self.longest, 0.05 * flops / backend.device.estimatedFlopsPerSecond)
        guard budget >= Self.shortest, backend.tuningPath != nil else { return false }
        do {
            let products = Set(try products())
            let unknown = products.filter { backend.tuning?.product(of: $0) == nil }
            // What a short tuning did not come to must not make the next training wait again.
            let flops = { (shapes: Set<ProductShape>) in shapes.map(\.flops).reduce(0, +) }
            guard 2 * flops(unknown) > flops(products) else { return false }
            if !isQuiet {
                Console.diagnose(
                    "tuning \(unknown.count) products for at most \(budget.duration) "
                        + "(--no-tune to skip)")
            }
            try run(Array(unknown), budget: budget) { progress in
                if Console.isTerminal, !isQuiet { Console.redraw(progress.line) }
            }
            if Console.isTerminal, !isQuiet { Console.redraw("") }
            return true
        } catch {
            Console.diagnose("not tuned: \(error)")
            return false
        }
    }
}

extension Tuner.Progress {
    /// What was found for a product, in a line.
    fileprivate var line: String {
        var line = "\(done)/\(count)  \(shape.m)×\(shape.n)×\(shape.k) \(shape.layout)"
        if let ruleSeconds, let fastest {
            line +=
                "  by rule \(ruleSeconds.duration)  fastest \(fastest.seconds.duration): "
                + fastest.method
        } else {
            line += "  not measured"
        }
        return failures.isEmpty ? line : line + "  (\(failures.count) dropped)"
    }
}
