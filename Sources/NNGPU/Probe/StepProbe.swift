import NNGraph
import NNReference
import NNModel
import NNTraining

/// Looks whether a device computes a training's own step, an evaluation or a prediction as the reference
/// does.
///
/// The graphs are those that the training will run, at its own widths and batch sizes, so the same
/// kernels do the same work. A batch repeats a few samples: its means are those of the few, which is all
/// that the reference has to compute. Rounding is no matter here, `check` and `--audit` bound it; a
/// driver that compiles or runs something wrongly is off by more than a thousandth.
public struct StepProbe {
    /// What a driver computes otherwise than the reference.
    public struct Difference: Error, Sendable, CustomStringConvertible {
        /// What, where, and both numbers.
        public let description: String
    }

    /// Far more than rounding, and far less than any number that is left out, repeated or misplaced.
    private static let tolerance = 0x1p-10
    private static let mostDistinctSamples = 4
    /// A number near a kink, such as 0 for ReLU, may fall on either side; not with other samples, too.
    private static let seeds: ClosedRange<UInt64> = 1...3
    /// The multiplications that the reference may take for samples that a batch repeats: some seconds' worth.
    ///
    /// A single sample of a long sequence may take more.
    private static let repeatedWork = 1 << 29
    /// The same where every sample of a batch has to be its own.
    private static let distinctWork = 1 << 27

    private let graphs: TrainingGraphs
    private let batchSize: Int?
    private let evaluationBatchSize: Int?
    private let predictionBatchSize: Int?
    private let features: ElementType

    /// Describes a training.
    ///
    /// - Parameters:
    ///   - graphs: What is trained, and how.
    ///   - batchSize: The samples of a step; nil if none is taken.
    ///   - evaluationBatchSize: The samples that are evaluated at once; nil if none are.
    ///   - predictionBatchSize: The samples whose outputs are computed at once; nil if none are.
    ///   - features: What samples are kept as.
    public init(
        _ graphs: TrainingGraphs, batchSize: Int? = nil, evaluationBatchSize: Int? = nil,
        predictionBatchSize: Int? = nil, features: ElementType = .float
    ) {
        self.graphs = graphs
        self.batchSize = batchSize
        self.evaluationBatchSize = evaluationBatchSize
        self.predictionBatchSize = predictionBatchSize
        self.features = features
    }

    /// Runs both on a device and on the reference.
    ///
    /// - Parameters:
    ///   - backend: The device.
    ///   - run: Runs a compiled graph of the backend.
    /// - Throws: ``Difference``, or what the backend throws.
    public func check(
        _ backend: any Backend, running run: (any Executable) throws -> Void
    ) throws {
        var difference: Difference?
        for seed in Self.seeds {
            do {
                try checkStep(backend, seed: seed, running: run)
                try checkEvaluation(backend, seed: seed, running: run)
                try checkPrediction(backend, seed: seed, running: run)
                return
            } catch let found as Difference {
                difference = difference ?? found
            }
        }
        if let difference { throw difference }
    }

    // MARK: - The step

    private func checkStep(
        _ backend: any Backend, seed: UInt64, running run: (any Executable) throws -> Void
    ) throws {
        guard let batchSize else { return }
        let probed = try batch(of: batchSize) { try graphs.step(sampleCount: $0, batchSize: $1) }
        let graph = try graphs.step(
            sampleCount: probed.samples, batchSize: probed.size, features: features)
        let values = try ProbeValues(
            graphs, features: features, samples: probed.samples, seed: seed)
        let device = try backend.compile(graph)
        let results = try (0..<3).map { number in
            // What a step only reads stays, so that one that damages it shows in the next.
            try values.fill(
                graph, device, on: backend, batchSize: probed.size, onlyUpdated: number > 0)
            try run(device)
            return try state(of: device, on: backend)
        }
        func expected(of reference: any Backend) throws -> [Vector] {
            let graph = try graphs.step(
                sampleCount: probed.samples, batchSize: probed.samples, features: features)
            let executable = try reference.compile(graph)
            try values.fill(graph, executable, on: reference, batchSize: probed.samples)
            try executable.run()
            return try state(of: executable, on: reference)
        }
        let exact = try expected(of: ReferenceBackend<Double>())
        try compareMetrics(
            results[0][0].values, with: exact[0].values, repeats: probed.size / probed.samples)
        do {
            try compare(results[0], with: exact, before: values)
        } catch is Difference {
            let rounded = try expected(of: ReferenceBackend<Float>())
            try compare(results[0], with: exact, rounded: rounded, before: values)
        }
        for later in results.dropFirst() {
            for (first, second) in zip(results[0], later)
            where !first.values.elementsEqual(second.values, by: { $0.isSame(as: $1) }) {
                throw Difference(
                    description: "the same step gives other \(first.name) when it is run again")
            }
        }
    }

    private typealias Vector = (name: String, values: [Double])

    /// What a step leaves behind.
    private func state(of step: any Executable, on backend: any Backend) throws -> [Vector] {
        try names.map { ($0, try backend.read(step.buffer(named: $0))) }
    }

    private var names: [String] {
        [TrainingGraphs.Name.metrics, TrainingGraphs.Name.parameters]
            + graphs.optimizer.stateNames.map(TrainingGraphs.Name.state)
    }

    /// Compares what a step leaves of parameters and of the optimizer's state.
    ///
    /// Where few samples are normalized over, deviations may be all but zero, and rounding grows by what
    /// they are divided by: as far as the reference in single precision is off, so may a device be, which
    /// adds up in another order.
    private func compare(
        _ found: [Vector], with exact: [Vector], rounded: [Vector]? = nil, before: ProbeValues
    ) throws {
        for (place, (found, exact)) in zip(found, exact).enumerated().dropFirst() {
            let old = before.vectors[found.name] ?? []
            for entry in graphs.layout.entries {
                // What a step changes is what it has computed; the rest was there before.
                let largest = entry.range.reduce(0.0) {
                    max($0, Swift.abs(exact.values[$1] - Double(old[$1])))
                }
                let rounding = entry.range.reduce(0.0) { largest, index in
                    let lost = rounded.map { $0[place].values[index] - exact.values[index] } ?? 0
                    return max(largest, Double(old[index].ulp), Swift.abs(lost))
                }
                let allowed = Self.tolerance * largest + 4 * rounding
                for index in entry.range
                where !(Swift.abs(found.values[index] - exact.values[index]) <= allowed) {
                    throw Difference(
                        description:
                            "\(found.name) of \(entry.name) is \(Float(found.values[index])) "
                            + "at element \(index - entry.range.lowerBound) after a step, and the "
                            + "reference has \(Float(exact.values[index]))")
                }
            }
        }
    }

    private func compareMetrics(
        _ found: [Double], with exact: [Double], repeats: Int
    ) throws {
        for (index, name) in graphs.sumNames.enumerated() {
            let right = exact[index] * Double(repeats)
            // One sample may be on the edge between two classes.
            let slack = name == TrainingStep.lossName ? 0 : Double(repeats)
            guard
                Swift.abs(found[index] - right)
                    <= Self.tolerance * (Swift.abs(right) + 1) + slack
            else {
                throw Difference(
                    description:
                        "the \(name) adds up to \(Float(found[index])), and on the reference "
                        + "to \(Float(right))")
            }
        }
    }

    // MARK: - The evaluation

    private func checkEvaluation(
        _ backend: any Backend, seed: UInt64, running run: (any Executable) throws -> Void
    ) throws {
        guard let evaluationBatchSize else { return }
        let probed = try batch(of: evaluationBatchSize) {
            try graphs.evaluation(sampleCount: $0, batchSize: $1)
        }
        let values = try ProbeValues(
            graphs, features: features, samples: probed.samples, seed: seed)
        func metrics(
            _ backend: any Backend, size: Int, running run: (any Executable) throws -> Void
        ) throws -> [Double] {
            let graph = try graphs.evaluation(
                sampleCount: probed.samples, batchSize: size, features: features)
            let executable = try backend.compile(graph)
            try values.fill(graph, executable, on: backend, batchSize: size)
            try run(executable)
            return try backend.read(executable.buffer(named: TrainingGraphs.Name.metrics))
        }
        try compareMetrics(
            metrics(backend, size: probed.size, running: run),
            with: metrics(ReferenceBackend<Double>(), size: probed.samples) { try $0.run() },
            repeats: probed.size / probed.samples)
    }

    // MARK: - The prediction

    private func checkPrediction(
        _ backend: any Backend, seed: UInt64, running run: (any Executable) throws -> Void
    ) throws {
        guard let predictionBatchSize else { return }
        let work = try graphs.prediction(batchSize: 1).productTerms
        let samples = Self.distinctSamples(of: predictionBatchSize, work: work)
        let values = try ProbeValues(graphs, features: .float, samples: samples, seed: seed)
        func outputs(
            _ backend: any Backend, size: Int, running run: (any Executable) throws -> Void
        ) throws -> [Vector] {
            let graph = try graphs.prediction(batchSize: size)
            let executable = try backend.compile(graph)
            try values.fill(graph, executable, on: backend, batchSize: size)
            try run(executable)
            return try graphs.layout.outputShapes.keys.sorted().map {
                ($0, try backend.read(executable.buffer(named: $0)))
            }
        }
        let found = try outputs(backend, size: predictionBatchSize, running: run)
        let exact = try outputs(ReferenceBackend<Double>(), size: samples) { try $0.run() }
        for (found, exact) in zip(found, exact) {
            let largest = exact.values.reduce(1e-6) { max($0, Swift.abs($1)) }
            for (index, number) in found.values.enumerated() {
                let right = exact.values[index % exact.values.count]
                guard Swift.abs(number - right) <= Self.tolerance * largest else {
                    throw Difference(
                        description:
                            "output \(index) of a batch is \(Float(number)), and the reference "
                            + "has \(Float(right))")
                }
            }
        }
    }

    /// How many samples or fewer a batch repeats, each as often as the others, if each takes so many multiplications.
    private static func distinctSamples(of size: Int, work: Int) -> Int {
        let affordable = min(mostDistinctSamples, max(1, repeatedWork / max(1, work)))
        return (1...affordable).last { size.isMultiple(of: $0) } ?? 1
    }

    /// How many samples a batch has, and how many of them are different ones.
    ///
    /// Where layers draw random numbers no two samples of a batch give the same, and the reference has
    /// to compute each: then the batch is as large as that takes a second or so. Where layers normalize over the batch,
    /// samples that are all the same would leave nothing but rounding.
    private func batch(
        of size: Int, _ graph: (_ samples: Int, _ size: Int) throws -> Graph
    ) throws -> (size: Int, samples: Int) {
        let few = min(2, size)
        let example = try graph(few, few)
        let work = example.productTerms / few
        let isRandom = example.leaves.contains { $0.name == TrainingGraphs.Name.step }
        guard !isRandom else {
            let affordable = min(size, max(1, Self.distinctWork / max(1, work)))
            return (affordable, affordable)
        }
        let normalizes = graphs.layout.fixedEntries.contains { $0.kind == .running }
        let most = Self.mostDistinctSamples
        let whole = normalizes && size > most ? size / most * most : size
        return (whole, Self.distinctSamples(of: whole, work: normalizes ? 0 : work))
    }
}

extension Double {
    /// Whether it is the same number, NaN included.
    fileprivate func isSame(as other: Double) -> Bool {
        self == other || (isNaN && other.isNaN)
    }
}
