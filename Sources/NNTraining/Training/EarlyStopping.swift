import NNGraph

/// Keeps the parameters that did best on the validation samples, on the device.
struct EarlyStopping {
    private(set) var bestEpoch = 0
    private var smallest = Double.infinity
    private let patience: Int
    private let best: any TensorBuffer
    private let state: TrainingState

    init(patience: Int, state: TrainingState) throws {
        self.patience = patience
        self.state = state
        best = try state.backend.makeBuffer(state.parameters.type)
        try state.backend.copy(state.parameters, from: 0, to: best)
    }

    /// Notes the validation loss of an epoch and says whether it is time to stop.
    mutating func isOver(after epoch: Int, loss: Double) throws -> Bool {
        if loss < smallest {
            (smallest, bestEpoch) = (loss, epoch)
            try state.backend.copy(state.parameters, from: 0, to: best)
        }
        return epoch - bestEpoch >= patience
    }

    /// Returns to the parameters of the best epoch.
    func restore() throws {
        try state.backend.copy(best, from: 0, to: state.parameters)
    }
}
