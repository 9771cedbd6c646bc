import Foundation
import NNGraph

extension Trainer {
    /// What the model is, as a saved file says it.
    public var modelDescription: ModelDescription {
        ModelDescription(
            model: graphs.model, inputShape: graphs.inputShape, loss: graphs.loss)
    }

    /// The parameters by PyTorch's names and in its layout, with the model's description.
    ///
    /// - Throws: ``TrainingError/weightsNotFinite(step:)`` for weights that could not be loaded
    ///   again.
    public func parameters() throws -> Safetensors {
        let values = try state.backend.readFloats(state.parameters)
        guard values.allSatisfy(\.isFinite) else {
            throw TrainingError.weightsNotFinite(step: step)
        }
        return try Safetensors(
            graphs.layout.tensors(from: values),
            metadata: [ModelDescription.metadataKey: modelDescription.json()])
    }

    /// Replaces the parameters by those of a file, which must have the model's names and shapes.
    ///
    /// - Throws: ``ModelError``; then the parameters are what they were.
    public func load(_ file: Safetensors) throws {
        try state.backend.write(graphs.layout.vector(from: file), to: state.parameters)
    }

    /// Writes the parameters to a file, atomically.
    public func save(to url: URL) throws {
        try parameters().write(to: url)
    }

    /// Everything that a training needs to go on as if it had never been interrupted.
    ///
    /// In single precision, the parameters and the optimizer's states are exact.
    public func checkpoint() throws -> Safetensors {
        var tensors = try checkpointed.map { name, buffer in
            try Safetensors.Tensor(
                name: name, shape: buffer.type.shape.dimensions,
                floats: state.backend.readFloats(buffer))
        }
        // Two halves of 32 bits, low and high, since a long training counts beyond one.
        let words = [0, 32].map { Int32(truncatingIfNeeded: state.step >> $0) }
        tensors.append(try Safetensors.Tensor(name: Self.stepName, shape: [2], int32s: words))
        return try Safetensors(
            tensors, metadata: [ModelDescription.metadataKey: modelDescription.json()])
    }

    /// Goes back to where ``checkpoint()`` was taken; the next step is the one that followed.
    ///
    /// - Throws: ``TrainingError/checkpoint(_:)``; then nothing has changed.
    public func restore(_ checkpoint: Safetensors) throws {
        let values = try checkpointed.map { name, buffer in
            guard let tensor = checkpoint[name],
                tensor.shape == buffer.type.shape.dimensions
            else { throw TrainingError.checkpoint(name) }
            return (buffer, tensor.floats())
        }
        guard let words = try checkpoint[Self.stepName]?.int32s(), words.count == 2, words[1] >= 0
        else { throw TrainingError.checkpoint(Self.stepName) }
        for (buffer, floats) in values { try state.backend.write(floats, to: buffer) }
        state.step = Int(words[1]) << 32 | Int(UInt32(bitPattern: words[0]))
    }

    private static let stepName = "step"

    private var checkpointed: [(name: String, buffer: any TensorBuffer)] {
        [(TrainingGraphs.Name.parameters, state.parameters)] + state.optimizerStates
    }
}
