import NNFiles
import NNGraph
import NNModel

/// Computes the gradient of the same few samples at any time of a training, and changes nothing.
public final class GradientProbe {
    private let state: TrainingState
    private let executable: any Executable
    private let gradient: any TensorBuffer

    /// Prepares a probe.
    ///
    /// - Parameters:
    ///   - trainer: Whose parameters the gradient is taken at.
    ///   - dataset: Where the samples come from, spread evenly over all of it: data that is sorted by class gives
    ///     some of each.
    ///   - sampleCount: How many samples to take at most.
    /// - Throws: What the backend throws, and ``DataError`` or ``LossError`` for samples that do not
    ///   fit the model.
    public init(of trainer: Trainer, on dataset: Dataset, sampleCount: Int) throws {
        state = trainer.state
        let count = max(1, min(sampleCount, dataset.count))
        let positions = (0..<count).map { Int32($0 * dataset.count / count) }
        executable = try state.compile(state.graphs.gradient(batchSize: count))
        gradient = try executable.buffer(named: TrainingGraphs.Name.gradient)
        try HostBatch(
            dataset, positions, for: state.graphs, ordered: state.graphs.columns(of: dataset)
        ).write(to: executable, on: state.backend)
    }

    /// The gradient of the mean loss, in the order of the trained parameters in ``ParameterLayout``.
    public func measure() throws -> [Float] {
        try executable.run()
        return try state.backend.readFloats(gradient)
    }
}
