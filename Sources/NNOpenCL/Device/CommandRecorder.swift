import COpenCL

/// Keeps the events of enqueued commands until somebody asks when they ran.
final class CommandRecorder {
    /// A command whose event has not been asked yet.
    private struct Pending {
        let kind: RecordedCommand.Kind
        let label: String
        let cost: Launch.Cost
        let event: Event
    }

    /// A moment of the host's clock and the same one on the device's, in nanoseconds.
    private let anchor: (host: ContinuousClock.Instant, device: UInt64)
    private var pending: [Pending] = []

    /// Learns how the device's clock relates to the host's.
    ///
    /// A command is stamped with the device's time when the host enqueues it, so the two clocks meet
    /// within that call; the shortest of several calls tells most precisely.
    init(on queue: Queue, using memory: Buffer) throws {
        var anchor: (host: ContinuousClock.Instant, device: UInt64)?
        var shortest = Duration.seconds(1)
        for _ in 0..<32 {
            var event: cl_event?
            var zero: UInt32 = 0
            let before = ContinuousClock.now
            let status = clEnqueueFillBuffer(
                queue.handle, memory.handle, &zero, 4, 0, 4, 0, nil, &event)
            let after = ContinuousClock.now
            try check(status, "clEnqueueFillBuffer", doing: "comparing clocks")
            let command = event.map { Event(adopting: $0) }
            try queue.finish()
            guard let times = try command?.times() else { continue }
            guard after - before < shortest else { continue }
            shortest = after - before
            anchor = (before + shortest / 2, times.queued)
        }
        guard let anchor else {
            throw OpenCLError.call(
                function: "clEnqueueFillBuffer", status: .profilingInfoNotAvailable,
                doing: "comparing clocks")
        }
        self.anchor = anchor
    }

    /// How many commands wait to be asked.
    var count: Int { pending.count }

    /// Notes an enqueued command.
    func note(
        _ kind: RecordedCommand.Kind, _ label: String, _ cost: Launch.Cost, _ event: Event
    ) {
        pending.append(Pending(kind: kind, label: label, cost: cost, event: event))
    }

    /// The commands noted since the last time, all of which must have run.
    func take() throws -> [RecordedCommand] {
        defer { pending.removeAll(keepingCapacity: true) }
        return try pending.map { command in
            let times = try command.event.times()
            return RecordedCommand(
                kind: command.kind, label: command.label, bytes: command.cost.bytes,
                flops: command.cost.flops,
                start: instant(times.started), end: instant(times.ended))
        }
    }

    private func instant(_ time: UInt64) -> ContinuousClock.Instant {
        anchor.host + .nanoseconds(Int64(bitPattern: time &- anchor.device))
    }
}
