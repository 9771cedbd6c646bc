import NNGraph

/// Storage of one tensor on an OpenCL device.
final class OpenCLBuffer: TensorBuffer {
    let type: TensorType
    let memory: Buffer
    /// What the memory belongs to.
    let context: Context
    /// What it is called in the graph that it was first compiled into; for messages only.
    var name: String?

    init(_ type: TensorType, in context: Context, named name: String? = nil) throws {
        guard type.shape.isCountable else {
            throw GraphError.mismatch(
                name: name ?? "buffer", expected: type,
                found: "more than \(Shape.maximumCount) elements")
        }
        self.type = type
        self.name = name
        self.context = context
        memory = try context.pool.allocate(
            byteCount: SmallPattern.roundedUp(type.elementType.byteCount * type.shape.count))
        try context.queue.fill(memory, with: Int32(0))
    }
}

/// A compiled graph: commands with everything bound, replayed on each run.
final class OpenCLExecutable: Executable {
    let commands: [any Command]
    private let buffers: [String: OpenCLBuffer]
    private let poisoned: [Buffer]
    let queue: Queue

    init(
        _ commands: [any Command], _ buffers: [String: OpenCLBuffer], poisoned: [Buffer],
        _ queue: Queue
    ) {
        self.commands = commands
        self.buffers = buffers
        self.poisoned = poisoned
        self.queue = queue
    }

    func run() throws {
        for buffer in poisoned { try queue.fill(buffer, with: Float.nan) }
        if let recorder = queue.recorder {
            for command in commands {
                try recorder.note(
                    .launch, command.label, command.cost, command.enqueueProfiled(on: queue))
            }
        } else {
            for command in commands { try command.enqueue(on: queue) }
        }
        // Without this, some drivers let the device idle until the host waits for a result.
        try queue.flush()
    }

    func buffer(named name: String) throws -> any TensorBuffer {
        guard let buffer = buffers[name] else {
            throw GraphError.unknownName(name, known: Array(buffers.keys))
        }
        return buffer
    }
}
