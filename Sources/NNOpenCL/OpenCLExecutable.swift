import NNGraph

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
