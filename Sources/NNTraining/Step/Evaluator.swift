import NNGraph

/// Evaluates a model on a data set that stays in the device's memory.
final class Evaluator {
    private let data: ResidentData
    private let batchSize: Int
    private let state: TrainingState
    private let order: any TensorBuffer
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

    init(_ dataset: Dataset, batchSize: Int, state: TrainingState) throws {
        data = try ResidentData(dataset, for: state, isTraining: false)
        self.batchSize = min(batchSize, dataset.count)
        self.state = state
        order = try state.backend.makeBuffer(TensorType([dataset.count], .int32))
        try state.backend.write(Array(0..<Int32(dataset.count)), to: order)
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
            if !data.gathered.isEmpty {
                try state.backend.copy(
                    order, from: start,
                    to: executable.buffer(named: TrainingGraphs.Name.indices))
            }
            try data.copyOrdered(from: start, to: executable, on: state.backend)
            try executable.run()
            try use(executable, count)
        }
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
