import Foundation
import NNGPU
import Synchronization
import TensorBoard

/// Writes down what a training does, as `--log`, `--tensorboard` and `--trace` ask for.
///
/// A disk that is full must not cost the training: what cannot be written is left out and said once, and
/// at the end, when everything else is saved, the command fails.
final class Watch: TrainingObserver {
    private let log: TrainingLog?
    private let trace: TrainingTrace?
    // Only what trains calls what uses it.
    nonisolated(unsafe) private let board: TensorBoardFolder?
    private let losses = Mutex<[String: Int]>([:])

    init(log: TrainingLog?, board: TensorBoardFolder?, trace: TrainingTrace?) {
        self.log = log
        self.board = board
        self.trace = trace
    }

    /// Notes what is about to be trained, or to go on.
    func begin(_ run: LogLine.Run, _ trainer: Trainer, on dataset: Dataset) throws {
        try attempt { try log?.write(run) }
        try attempt {
            try board?.begin(trainer, dataset: dataset, batchSize: run.settings.batchSize)
        }
    }

    /// Notes a report of the trainer.
    func note(_ progress: TrainingProgress, of trainer: Trainer) throws {
        let tokens = trainer.graphs.network.tokensOfSample
        try attempt { try log?.write(LogLine.Progress(progress, tokensOfSample: tokens)) }
        if let validation = progress.validation {
            try attempt { try log?.write(LogLine.Validation(validation, after: progress)) }
        }
        try attempt { try board?.note(progress, of: trainer) }
    }

    /// Notes what was done about a step that was not finite.
    func note(_ recovery: Recovery) throws {
        try attempt { try log?.write(LogLine.Recovery(recovery)) }
    }

    func note(
        _ activity: TrainingActivity, from start: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) throws {
        if case .checkpoint(let step) = activity {
            try attempt { try log?.write(LogLine.Checkpoint(step: step)) }
        }
        try attempt { try trace?.note(activity, from: start, to: end) }
    }

    /// Notes how the training ended.
    func end(_ ending: LogLine.End) throws {
        try attempt { try log?.write(ending) }
        try attempt { try trace?.finish() }
    }

    /// A table of where the device's time went, if there is a trace of one.
    func deviceUsage() throws -> String? { try trace?.usage() }

    /// Notes that the training failed; that error matters more than any of this one's.
    func fail(_ error: any Error, after steps: Int) {
        try? end(LogLine.End(ending: "failed", steps: steps, error: "\(error)"))
    }

    /// Throws if something could not be written.
    func checkWritten() throws {
        let lost = losses.withLock { $0 }
        guard !lost.isEmpty else { return }
        throw IncompleteRecord(lost: lost)
    }

    /// Does something that may fail for want of space, which the training survives.
    private func attempt(_ work: () throws -> Void) throws {
        do {
            try work()
        } catch let error as GrowingFileError {
            lose(error.path, error)
        } catch let error as AtomicFileError {
            lose(error.path, error)
        }
    }

    private func lose(_ path: String, _ error: any Error) {
        let count = losses.withLock { losses in
            losses[path, default: 0] += 1
            return losses[path]
        }
        if count == 1 { Console.diagnose("the training goes on, but: \(error)") }
    }
}

/// What should have been written down during a training and was not.
struct IncompleteRecord: Error, CustomStringConvertible {
    /// How often each file could not be written.
    let lost: [String: Int]

    var description: String {
        let files = lost.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value) times)" }
        return "The training is none the worse for it, but not everything about it could be "
            + "written: \(files.joined(separator: ", ")): free some space for the next one."
    }
}
