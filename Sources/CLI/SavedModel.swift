import NNGPU

/// A model from a file, ready to be applied.
struct SavedModel {
    let description: ModelDescription
    let trainer: Trainer

    init(contentsOf path: String, on backend: any Backend) throws {
        let file = try ModelFile.read(path)
        description = try ModelDescription(of: file)
        // Nothing is trained: the optimizer without a state costs no memory.
        trainer = try Trainer(
            model: description.model, inputShape: description.inputShape, loss: description.loss,
            optimizer: SGD(), learningRate: 0, backend: backend)
        try trainer.load(file)
    }
}
