import Foundation
import NNGPU

/// What happened when, in Chrome's trace format, which Perfetto reads: the host's threads as one process,
/// the device's queue as another.
struct TraceFile {
    /// A span of time, or the name of a lane.
    private struct Event: Encodable {
        let name, ph: String
        let pid, tid: Int
        var cat: String?
        /// In microseconds since the recording began.
        var ts, dur: Double?
        var args: Details?
    }

    fileprivate struct Details: Encodable {
        var name: String?
        var step, epoch, bytes, flops: Int?
    }

    /// A row of the picture.
    fileprivate struct Lane {
        let pid, tid: Int
        static let training = Lane(pid: 1, tid: 1), writer = Lane(pid: 1, tid: 2)
        static let queue = Lane(pid: 2, tid: 1)
    }

    private struct Document: Encodable {
        let displayTimeUnit = "ns"
        let traceEvents: [Event]
    }

    private let device: String
    private var origin = ContinuousClock.now
    private var events: [Event] = []

    init(device: String) {
        self.device = device
    }

    /// Takes now for the beginning of time.
    mutating func begin() {
        origin = .now
    }

    /// Adds what the host did.
    mutating func add(
        _ activity: TrainingActivity, from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) {
        // What had begun before the recording is left out.
        guard start >= origin else { return }
        add(activity.name, activity.details, "host", in: activity.lane, from: start, to: end)
    }

    /// Adds what the device did.
    mutating func add(_ command: RecordedCommand) {
        add(
            command.label, Details(bytes: command.bytes, flops: command.flops),
            command.kind.rawValue, in: .queue, from: command.start, to: command.end)
    }

    private mutating func add(
        _ name: String, _ details: Details, _ category: String, in lane: Lane,
        from start: ContinuousClock.Instant, to end: ContinuousClock.Instant
    ) {
        events.append(
            Event(
                name: name, ph: "X", pid: lane.pid, tid: lane.tid, cat: category,
                ts: microseconds(start - origin), dur: microseconds(end - start), args: details))
    }

    /// Forgets the events.
    mutating func removeAll() { events = [] }

    /// The content of the file: lanes first, then all events in the order in which they began, those that
    /// hold others before them.
    func encoded() throws -> Data {
        let sorted = events.sorted {
            let (a, b) = (($0.ts ?? 0, -($0.dur ?? 0)), ($1.ts ?? 0, -($1.dur ?? 0)))
            return a < b
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Document(traceEvents: lanes + sorted))
    }

    private var lanes: [Event] {
        let names = [
            ("process_name", Lane.training, "host"), ("process_name", .queue, device),
            ("thread_name", .training, "training"), ("thread_name", .writer, "checkpoint writer"),
            ("thread_name", .queue, "queue"),
        ]
        return names.map { kind, lane, name in
            Event(name: kind, ph: "M", pid: lane.pid, tid: lane.tid, args: Details(name: name))
        }
    }

    private func microseconds(_ duration: Duration) -> Double {
        (duration / .nanoseconds(1)).rounded() / 1000
    }
}

extension TrainingActivity {
    fileprivate var name: String {
        switch self {
        case .step: "step"
        case .batch: "batch"
        case .samples: "wait for samples"
        case .order: "order of the samples"
        case .losses: "wait for losses"
        case .evaluation: "evaluation"
        case .snapshot: "read the state"
        case .checkpoint: "write a checkpoint"
        }
    }

    fileprivate var details: TraceFile.Details {
        switch self {
        case .step(let step), .batch(let step), .samples(let step), .losses(let step),
            .evaluation(let step),
            .snapshot(let step), .checkpoint(let step):
            TraceFile.Details(step: step)
        case .order(let epoch): TraceFile.Details(epoch: epoch)
        }
    }

    fileprivate var lane: TraceFile.Lane {
        if case .checkpoint = self { .writer } else { .training }
    }
}
