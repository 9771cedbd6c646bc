import NNFiles
import NNGraph

/// Computes the gradient of the same few samples at any time of a training, and changes nothing.
public final class GradientProbe {
    private let state: TrainingState
    private let executable: any Executable
    private let gradient: any TensorBuffer

    /// Prepares a probe.
    ///
    /// - Parameters:
    ///   - trainer: Whose parameters the gradient is taken at.
    ///   - dataset: Where the samples come from, spread evenly over all of it.
    ///   - sampleCount: How many samples to take at most.
    /// - Throws: What the backend throws, and ``DataError`` or ``LossError`` for samples that do not
    ///   fit the model.
    public init(of trainer: Trainer, on dataset: Dataset, sampleCount: Int) throws {
        state = trainer.state
        let samples = try dataset.spread(over: max(1, min(sampleCount, dataset.count)))
        executable = try state.compile(state.graphs.gradient(batchSize: samples.count))
        gradient = try executable.buffer(named: TrainingGraphs.Name.gradient)
        let data = try ResidentData(samples, for: state)
        for (name, source) in [
            (TrainingGraphs.Name.features, data.features),
            (TrainingGraphs.Name.targets, data.targets),
        ] {
            try state.backend.copy(source, from: 0, to: executable.buffer(named: name))
        }
    }

    /// The gradient of the mean loss, in the order of the parameters in ``ParameterLayout``.
    public func measure() throws -> [Float] {
        try executable.run()
        return try state.backend.readFloats(gradient)
    }
}

extension Dataset {
    /// So many samples at equal distances: data that is sorted by class gives some of each.
    fileprivate func spread(over count: Int) throws(DataError) -> Dataset {
        let chosen = (0..<count).map { $0 * self.count / count }
        return try Dataset(
            name: name,
            features: chosen.flatMap { features[$0 * featureCount..<($0 + 1) * featureCount] },
            sampleShape: sampleShape,
            targets: chosen.flatMap { targets[$0 * targetWidth..<($0 + 1) * targetWidth] },
            targetWidth: targetWidth, classNames: classNames)
    }
}
