import NNGPU

/// A model from a file, ready to be applied.
struct SavedModel {
    let description: ModelDescription
    let trainer: Trainer
    /// What the classes are called, by label, if the file says it.
    let classNames: [String]?

    /// Takes a model out of a file, and opens the device that `open` chooses for it; `task` says what it is judged by,
    /// if that is not what it was trained for.
    init(
        _ file: Safetensors, judgedBy task: (TrainingTask) throws -> TrainingTask = { $0 },
        opening open: (ModelDescription) throws -> any Backend
    ) throws {
        let saved = try ModelDescription(of: file)
        let description = ModelDescription(saved.network, task: try task(saved.task))
        self.description = description
        classNames = file.classNames
        let backend = try open(description)
        // Nothing is trained: the optimizer without a state costs no memory.
        trainer = try Trainer(
            description.network, task: description.task,
            optimizer: SGD(), learningRate: 0, backend: backend)
        try trainer.load(file)
    }
}
