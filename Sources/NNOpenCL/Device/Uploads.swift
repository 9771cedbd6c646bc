import NNGraph

/// Copies of host memory to the device that nobody waits for.
///
/// A queue works in order, so the memory is free again when its copy is done; until then it is kept. The host is never
/// more than a few copies ahead, which bounds what is kept.
final class Uploads {
    private let queue: Queue
    private var pending: [(event: Event, memory: HostMemory)] = []

    /// With one copy done and one waiting behind the work of the device, the device has always something to do.
    private static let limit = 2

    init(_ queue: Queue) {
        self.queue = queue
    }

    /// Enqueues a copy of all of the memory; waits for older copies if there are many.
    func write(
        _ memory: HostMemory, to buffer: Buffer, offset: Int
    ) throws(OpenCLError) {
        while pending.count >= Self.limit {
            try pending[0].event.wait()
            pending.removeFirst()
        }
        let event = try queue.enqueueWrite(
            UnsafeRawBufferPointer(memory.bytes), to: buffer, offset: offset)
        pending.append((event, memory))
    }

    deinit {
        // What a copy reads must not go before it is done; one that failed reads no longer.
        for upload in pending { try? upload.event.wait() }
    }
}
