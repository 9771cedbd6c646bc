import NNGraph

/// The state of a training at an earlier step, with nothing in it but finite numbers.
///
/// Steps follow from the state and their number alone, so from here the same steps can be taken again. A training
/// that goes on after a bad step has it on the device. One that ends there needs it once, to find the step, and
/// has it in a file.
final class Snapshot {
    private(set) var place: Checkpoint.Place
    /// Whether there is a state to go back to: a disk may be full.
    private(set) var isKept = false
    private let state: TrainingState
    /// Nil where a file was wanted and none could be made.
    private let storage: (any SnapshotStorage)?
    private let check: any Executable
    private let worst: any TensorBuffer

    /// Keeps the present state.
    init(of state: TrainingState, at place: Checkpoint.Place, for policy: NonFinitePolicy) throws {
        self.state = state
        self.place = place
        storage = policy == .stop ? try FileStorage(of: state) : try DeviceStorage(of: state)
        check = try state.compile(
            Self.finiteness(of: state.persistent.map { ($0.name, $0.buffer.type.shape) }, in: state)
        )
        worst = try check.buffer(named: "worst")
        try take(at: place)
    }

    var isDue: Bool { state.step - place.step >= (storage?.interval ?? .max) }

    /// Whether the parameters and the optimizer's states are finite now; waits for the device.
    func isStateFinite() throws -> Bool {
        try check.run()
        return try state.backend.readFloats(worst)[0] == 0
    }

    /// Keeps the present state, which must be finite.
    func take(at place: Checkpoint.Place) throws {
        self.place = place
        isKept = try storage?.take() ?? false
    }

    /// Goes back to the state that was kept, with nothing added up on the device.
    ///
    /// - Returns: Whether that went well; if not, there is no state to go on from.
    func restore() throws -> Bool {
        guard isKept, try storage?.restore() == true else { return false }
        state.step = place.step
        try state.resetMetrics()
        return true
    }

    // MARK: - In checkpoints

    /// What a checkpoint keeps of the snapshot, if it lies on the device.
    var checkpointed: [(name: String, buffer: any TensorBuffer)] {
        (storage as? DeviceStorage)?.vectors.map { ("snapshot.\($0.name)", $0.copy) } ?? []
    }

    /// Takes over the snapshot of a checkpoint.
    func resume(at place: Checkpoint.Place, from checkpoint: Checkpoint) throws {
        for (name, buffer) in checkpointed {
            try state.write(
                checkpoint.tensor(named: name, count: buffer.type.shape.count), to: buffer)
        }
        self.place = place
    }

    /// 0 where all numbers of the vectors are finite, else 1.
    private static func finiteness(
        of vectors: [(name: String, shape: Shape)], in state: TrainingState
    ) throws -> Graph {
        let worst = try vectors.map { name, shape in
            let vector = try Tensor.parameter(name, shape)
            return try (1 - compare(abs(vector), .lessEqual, .constant(state.largestNumber))).max()
        }
        return try Graph(outputs: [
            "worst": concatenate(worst.map { try $0.reshape([1]) }).max()
        ])
    }
}
