import NNGraph

/// Keeps the parameters that did best on the validation samples, on the device.
struct EarlyStopping {
    private(set) var bestEpoch = 0
    private var smallest = Double.infinity
    private let patience: Int
    private let state: TrainingState
    /// Each vector of parameters, and the best one by its name in a checkpoint.
    private let vectors: [(name: String, original: any TensorBuffer, best: any TensorBuffer)]

    init(patience: Int, state: TrainingState) throws {
        self.patience = patience
        self.state = state
        vectors = try zip(["best", "best.fixed"], state.store.vectors.map(\.buffer)).map {
            name, original in
            let best = try state.backend.makeBuffer(original.type)
            try state.backend.copy(original, from: 0, to: best)
            return (name, original, best)
        }
    }

    /// Notes the validation loss of an epoch; NaN is not better than anything.
    mutating func note(_ loss: Double, of epoch: Int) throws {
        guard loss < smallest else { return }
        (smallest, bestEpoch) = (loss, epoch)
        for vector in vectors {
            try state.backend.copy(vector.original, from: 0, to: vector.best)
        }
    }

    /// Whether it is time to stop after an epoch.
    func isOver(after epoch: Int) -> Bool { epoch - bestEpoch >= patience }

    /// What a checkpoint has to say of the best epoch.
    var checkpointed: (Checkpoint.Best, vectors: [(name: String, buffer: any TensorBuffer)]) {
        (Checkpoint.Best(epoch: bestEpoch, loss: smallest), vectors.map { ($0.name, $0.best) })
    }

    /// Takes over the best epoch of a checkpoint, if it knows one.
    mutating func resume(from checkpoint: Checkpoint) throws {
        guard let known = checkpoint.record.best else { return }
        for vector in vectors {
            try state.write(
                checkpoint.tensor(named: vector.name, count: vector.best.type.shape.count),
                to: vector.best)
        }
        (smallest, bestEpoch) = (known.loss, known.epoch)
    }

    /// Returns to the parameters of the best epoch, if any epoch had a loss that is a number.
    func restore() throws {
        guard bestEpoch > 0 else { return }
        for vector in vectors {
            try state.backend.copy(vector.best, from: 0, to: vector.original)
        }
    }
}
