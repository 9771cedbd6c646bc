import NNGraph

/// The state of a training at an earlier step, on the device, with nothing in it but finite numbers.
///
/// Steps follow from the state and their number alone, so from here the same steps can be taken again.
final class Snapshot {
    /// The steps between two snapshots, at least: together they cost less than a step.
    static let interval = 500

    private(set) var place: Checkpoint.Place
    private let state: TrainingState
    private let vectors: [(name: String, original: any TensorBuffer, copy: any TensorBuffer)]
    private let check: any Executable
    private let worst: any TensorBuffer

    /// Keeps the present state.
    init(of state: TrainingState, at place: Checkpoint.Place) throws {
        self.state = state
        self.place = place
        vectors = try state.persistent.map {
            ($0.name, $0.buffer, try state.backend.makeBuffer($0.buffer.type))
        }
        check = try state.compile(
            Self.finiteness(of: vectors.map { ($0.name, $0.original.type.shape) }, in: state))
        worst = try check.buffer(named: "worst")
        try take(at: place)
    }

    var isDue: Bool { state.step - place.step >= Self.interval }

    /// Whether the parameters and the optimizer's states are finite now; waits for the device.
    func isStateFinite() throws -> Bool {
        try check.run()
        return try state.backend.readFloats(worst)[0] == 0
    }

    /// Keeps the present state, which must be finite, without waiting.
    func take(at place: Checkpoint.Place) throws {
        self.place = place
        for vector in vectors { try state.backend.copy(vector.original, from: 0, to: vector.copy) }
    }

    /// Goes back to the state that was kept, with nothing added up on the device.
    func restore() throws {
        state.step = place.step
        for vector in vectors { try state.backend.copy(vector.copy, from: 0, to: vector.original) }
        try state.resetMetrics()
    }

    // MARK: - In checkpoints

    /// What a checkpoint keeps of the snapshot.
    var checkpointed: [(name: String, buffer: any TensorBuffer)] {
        vectors.map { ("snapshot.\($0.name)", $0.copy) }
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
