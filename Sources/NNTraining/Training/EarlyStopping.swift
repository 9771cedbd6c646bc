import NNGraph

/// Keeps the parameters that did best on the validation samples, on the device.
struct EarlyStopping {
    private(set) var bestEpoch = 0
    private var smallest = Double.infinity
    private let patience: Int
    private let best: any TensorBuffer

    /// The best parameters in a checkpoint.
    static let tensorName = "best"
    private let state: TrainingState

    init(patience: Int, state: TrainingState) throws {
        self.patience = patience
        self.state = state
        best = try state.backend.makeBuffer(state.parameters.type)
        try state.backend.copy(state.parameters, from: 0, to: best)
    }

    /// Notes the validation loss of an epoch; NaN is not better than anything.
    mutating func note(_ loss: Double, of epoch: Int) throws {
        guard loss < smallest else { return }
        (smallest, bestEpoch) = (loss, epoch)
        try state.backend.copy(state.parameters, from: 0, to: best)
    }

    /// Whether it is time to stop after an epoch.
    func isOver(after epoch: Int) -> Bool { epoch - bestEpoch >= patience }

    /// What a checkpoint has to say of the best epoch.
    var checkpointed: (Checkpoint.Best, buffer: any TensorBuffer) {
        (Checkpoint.Best(epoch: bestEpoch, loss: smallest), best)
    }

    /// Takes over the best epoch of a checkpoint, if it knows one.
    mutating func resume(from checkpoint: Checkpoint) throws {
        guard let known = checkpoint.record.best else { return }
        try state.write(
            checkpoint.tensor(named: Self.tensorName, count: state.graphs.layout.count), to: best)
        (smallest, bestEpoch) = (known.loss, known.epoch)
    }

    /// Returns to the parameters of the best epoch, if any epoch had a loss that is a number.
    func restore() throws {
        guard bestEpoch > 0 else { return }
        try state.backend.copy(best, from: 0, to: state.parameters)
    }
}
