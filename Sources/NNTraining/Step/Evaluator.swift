import NNGraph

/// Evaluates a model on a data set.
final class Evaluator {
    private let data: SampleSource
    private let batchSize: Int
    private let state: TrainingState
    private var executables: [Key: any Executable] = [:]

    /// What is computed of a batch.
    private enum Quantity {
        case metrics
        case nonFiniteCount
    }

    private struct Key: Hashable {
        let quantity: Quantity
        let batchSize: Int
    }

    /// Prepares evaluations.
    ///
    /// - Parameters:
    ///   - dataset: The samples.
    ///   - batchSize: How many to take at once.
    ///   - limit: As ``TrainingOptions/residentLimit`` says it.
    ///   - state: What is evaluated.
    /// - Throws: What the backend throws, or ``DataError`` for samples that do not fit the model.
    init(_ dataset: Dataset, batchSize: Int, limit: Int?, state: TrainingState) throws {
        self.batchSize = min(batchSize, dataset.count)
        data = try SampleSource(
            dataset, batchSize: self.batchSize, limit: limit, for: state, isTraining: false)
        self.state = state
    }

    /// Runs over all samples in order, the last batch being what is left.
    ///
    /// - Returns: An evaluation whose loss may be NaN or infinite.
    func evaluate() throws -> Evaluation {
        try state.resetMetrics()
        var (sums, unread) = (MetricSums(), 0)
        try forEachBatch(.metrics) { _, count in
            unread += count
            if unread + batchSize > state.countableSamples {
                sums += try state.takeMetrics(count: unread)
                unread = 0
            }
        }
        sums += try state.takeMetrics(count: unread)
        return state.graphs.sums.evaluation(of: sums)
    }

    /// How many samples have a loss that is not finite.
    func countNonFinite() throws -> Int {
        var count = 0
        try forEachBatch(.nonFiniteCount) { executable, _ in
            let counted = try executable.buffer(named: TrainingGraphs.Name.result)
            count += Int(try state.backend.read(counted)[0])
        }
        return count
    }

    private func forEachBatch(
        _ quantity: Quantity, _ use: (any Executable, Int) throws -> Void
    ) throws {
        for start in stride(from: 0, to: data.count, by: batchSize) {
            let count = min(batchSize, data.count - start)
            let executable = try executable(Key(quantity: quantity, batchSize: count))
            try data.bring(start / batchSize, positions: positions)
            if !data.gathered.isEmpty {
                try state.backend.copy(
                    data.order, from: data.place(of: start),
                    to: executable.buffer(named: TrainingGraphs.Name.indices))
            }
            try data.copyOrdered(from: start, to: executable)
            try executable.run()
            try use(executable, count)
        }
    }

    /// The samples of a batch; nil behind the last one.
    private func positions(of batch: Int) -> [Int32]? {
        let start = batch * batchSize
        guard start < data.count else { return nil }
        return Array(Int32(start)..<Int32(min(start + batchSize, data.count)))
    }

    private func executable(_ key: Key) throws -> any Executable {
        if let known = executables[key] { return known }
        let graphs = state.graphs
        let samples = try data.picking(key.batchSize, for: graphs)
        let graph =
            switch key.quantity {
            case .metrics: try graphs.evaluation(samples)
            case .nonFiniteCount:
                try graphs.nonFiniteCount(samples, largest: state.largestNumber)
            }
        let compiled = try state.compile(graph, data.gathered)
        executables[key] = compiled
        return compiled
    }
}
