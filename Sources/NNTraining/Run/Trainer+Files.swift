import Foundation
import NNFiles
import NNGraph
import NNModel

extension Trainer {
    /// What the model is, as a saved file says it.
    public var modelDescription: ModelDescription {
        ModelDescription(graphs.network, task: graphs.task)
    }

    /// The parameters by PyTorch's names and in its layout, with the model's description.
    ///
    /// - Throws: ``TrainingError/weightsNotFinite(step:)`` for weights that could not be loaded
    ///   again.
    public func parameters() throws -> Safetensors {
        let tensors: [Safetensors.Tensor]
        do {
            tensors = try state.store.tensors()
        } catch ModelError.parameterNotFinite {
            throw TrainingError.weightsNotFinite(step: step)
        }
        return try Safetensors(
            tensors,
            metadata: [ModelDescription.metadataKey: modelDescription.json()])
    }

    /// Replaces the parameters by those of a file, which must have the model's names and shapes, or be a checkpoint.
    ///
    /// - Throws: ``ModelError`` or ``CheckpointError``; then the parameters are what they were.
    public func load(_ file: Safetensors) throws {
        try state.store.load(file.savedModel(of: graphs.network))
    }

    /// Replaces those parameters that a file of other weights has in the right shape; the others keep their values.
    ///
    /// - Returns: What was loaded, and what was not and why.
    /// - Throws: ``ModelError`` if nothing fits or numbers are not finite; then the parameters are what they were.
    @discardableResult
    public func loadPartially(_ file: Safetensors) throws -> PartialFit {
        try state.store.loadPartially(file.savedModel(of: graphs.network))
    }

    /// Writes the parameters to a file, atomically.
    public func save(to url: URL) throws {
        try parameters().write(to: url)
    }

    /// Everything that a training needs to go on as if it had never been interrupted.
    ///
    /// The vectors have the precision of the backend, so nothing is rounded.
    public func checkpoint() throws -> Checkpoint {
        try checkpoint(Checkpoint.Record(step: step))
    }

    /// Goes back to where a checkpoint was taken; the next step is the one that followed.
    ///
    /// - Throws: ``CheckpointError``; then nothing has changed.
    public func restore(_ checkpoint: Checkpoint) throws {
        let values: [(any TensorBuffer, Safetensors.Tensor)]
        do {
            values = try state.persistent.map { name, buffer in
                (buffer, try checkpoint.tensor(named: name, count: buffer.type.shape.count))
            }
        } catch {
            // Another model or optimizer explains more than what is missing.
            for (name, now) in [
                ("the model", try modelDescription.json()),
                ("the optimizer", "\(graphs.optimizer)"),
            ] {
                _ = try checkpoint.changes(
                    to: checkpoint.record.settings.merging([name: now]) { $1 })
            }
            throw error
        }
        for (buffer, tensor) in values { try state.write(tensor, to: buffer) }
        state.step = checkpoint.record.step
        resumed = checkpoint
    }

    /// The state on the device with what is known beside it, and more vectors if there are any.
    func checkpoint(
        _ record: Checkpoint.Record, and others: [(name: String, buffer: any TensorBuffer)] = []
    ) throws -> Checkpoint {
        let tensors = try (state.persistent + others).map { name, buffer in
            try state.tensor(named: name, of: buffer)
        }
        var record = record
        record.frozen = graphs.frozenNames
        record.groups = graphs.groups.map(\.pattern)
        return Checkpoint(
            record: record, tensors: tensors, modelJSON: try modelDescription.json())
    }
}
