import Foundation
import NNGPU
import Synchronization

/// Records for `--trace` what the device and the host do during so many steps.
///
/// The first two steps are left out: compilation and the driver's first allocations belong to them. The
/// file is written when the last step is over, however long the training goes on.
final class TrainingTrace: Sendable {
    private struct State {
        var stepsSeen = 0
        var isRecording = false
        var isWritten = false
        var file: TraceFile
        var usage = DeviceUsage()
    }

    private static let warmUp = 2
    /// How many events may wait to be asked; each holds memory of the driver.
    private static let pendingLimit = 4096

    private let path: String
    private let steps: Int
    // Only what trains calls what uses it.
    nonisolated(unsafe) private let backend: OpenCLBackend?
    private let state: Mutex<State>

    init(path: String, steps: Int, backend: any Backend) {
        self.path = path
        self.steps = steps
        self.backend = backend as? OpenCLBackend
        state = Mutex(State(file: TraceFile(device: backend.name)))
    }

    /// Notes something that was done.
    func note(
        _ activity: TrainingActivity, from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) throws {
        try state.withLock { state in
            if state.isRecording { state.file.add(activity, from: start, to: end) }
            guard case .step = activity else { return }
            state.stepsSeen += 1
            if state.stepsSeen == Self.warmUp {
                try backend?.beginRecording()
                state.isRecording = true
                state.file.begin()
            } else if state.stepsSeen == Self.warmUp + steps {
                try write(&state)
            } else if let backend, backend.recordedCount > Self.pendingLimit {
                Self.add(try backend.takeRecording(), to: &state)
            }
        }
    }

    /// Writes what there is, if the training ended before so many steps were taken.
    func finish() throws {
        try state.withLock { state in
            if !state.isWritten { try write(&state) }
        }
    }

    /// Where the device's time went, measured against what it can do; nil without a device.
    func usage() throws -> String? {
        let usage = state.withLock { $0.usage }
        guard let backend, usage.commandCount > 0 else { return nil }
        return try usage.table(against: backend.measurePeak())
    }

    private func write(_ state: inout State) throws {
        state.isRecording = false
        // Whatever happens to the file, it is not tried again.
        state.isWritten = true
        if let backend { Self.add(try backend.endRecording(), to: &state) }
        state.usage.steps = max(0, state.stepsSeen - Self.warmUp)
        try AtomicFile.write(state.file.encoded(), to: URL(fileURLWithPath: path))
        state.file.removeAll()
    }

    private static func add(_ commands: [RecordedCommand], to state: inout State) {
        for command in commands {
            state.file.add(command)
            state.usage.add(command)
        }
    }
}
