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
        data = try ResidentData(dataset, for: state)
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
        try forEachBatch(.metrics) { _ in }
        return try state.takeMetrics(count: data.count).evaluation(of: state.graphs.loss)
    }

    /// How many samples have a loss that is not finite.
    func countNonFinite() throws -> Int {
        var count = 0
        try forEachBatch(.nonFiniteCount) { executable in
            let counted = try executable.buffer(named: TrainingGraphs.Name.outputs)
            count += Int(try state.backend.read(counted)[0])
        }
        return count
    }

    private func forEachBatch(
        _ quantity: Quantity, _ use: (any Executable) throws -> Void
    ) throws {
        typealias Name = TrainingGraphs.Name
        for start in stride(from: 0, to: data.count, by: batchSize) {
            let executable = try executable(
                Key(quantity: quantity, batchSize: min(batchSize, data.count - start)))
            let copies = [
                (Name.indices, order, 1),
                (Name.targets, data.targets, data.targetsOnHost.width),
            ]
            for (name, source, width) in copies {
                try state.backend.copy(
                    source, from: start * width, to: executable.buffer(named: name))
            }
            try executable.run()
            try use(executable)
        }
    }

    private func executable(_ key: Key) throws -> any Executable {
        if let known = executables[key] { return known }
        let (graphs, type) = (state.graphs, data.features.type.elementType)
        let graph =
            switch key.quantity {
            case .metrics:
                try graphs.evaluation(
                    sampleCount: data.count, batchSize: key.batchSize, features: type)
            case .nonFiniteCount:
                try graphs.nonFiniteCount(
                    sampleCount: data.count, batchSize: key.batchSize, features: type,
                    largest: state.largestNumber)
            }
        let compiled = try state.compile(graph, [TrainingGraphs.Name.features: data.features])
        executables[key] = compiled
        return compiled
    }
}
