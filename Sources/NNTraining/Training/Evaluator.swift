import NNGraph

/// Evaluates a model on a data set that stays in the device's memory.
final class Evaluator {
    private let data: ResidentData
    private let batchSize: Int
    private let state: TrainingState
    private let order: any TensorBuffer
    private var executables: [Int: any Executable] = [:]

    init(_ dataset: Dataset, batchSize: Int, state: TrainingState) throws {
        data = try ResidentData(dataset, for: state)
        self.batchSize = min(batchSize, dataset.count)
        self.state = state
        order = try state.backend.makeBuffer(TensorType([dataset.count], .int32))
        try state.backend.write(Array(0..<Int32(dataset.count)), to: order)
    }

    /// Runs over all samples in order, the last batch being what is left.
    func evaluate() throws -> Evaluation {
        typealias Name = TrainingGraphs.Name
        try state.resetMetrics()
        for start in stride(from: 0, to: data.count, by: batchSize) {
            let executable = try executable(batchSize: min(batchSize, data.count - start))
            let copies = [
                (Name.indices, order, 1),
                (Name.targets, data.targets, data.targetsOnHost.width),
            ]
            for (name, source, width) in copies {
                try state.backend.copy(
                    source, from: start * width, to: executable.buffer(named: name))
            }
            try executable.run()
        }
        let result = try state.takeMetrics(count: data.count).evaluation(of: state.graphs.loss)
        guard result.loss.isFinite else {
            throw TrainingError.evaluationNotFinite(dataset: data.name)
        }
        return result
    }

    private func executable(batchSize: Int) throws -> any Executable {
        if let known = executables[batchSize] { return known }
        let compiled = try state.compile(
            state.graphs.evaluation(
                sampleCount: data.count, batchSize: batchSize,
                features: data.features.type.elementType),
            [TrainingGraphs.Name.features: data.features])
        executables[batchSize] = compiled
        return compiled
    }
}
