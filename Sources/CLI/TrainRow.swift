import Benchmarks
import Foundation
import NNGPU

/// The row of suite train: a whole process, from its start until the network is good enough.
struct TrainRow: Encodable {
    /// The network.
    let model: String
    /// The samples of a step.
    let batch: Int
    /// The optimizer.
    let optimizer: String
    /// The share of right predictions that ends the training.
    let target: Double
    /// From the start of the process to its answer, in seconds.
    let seconds: Double
    /// The part of it that was spent on training and evaluating, in seconds.
    let trainingSeconds: Double
    /// The passes over the data.
    let epochs: Int
    /// The steps.
    let steps: Int
    /// The accuracy on the test images at the end.
    let accuracy: Double
    /// Whether that is the target; otherwise the training gave up.
    let isReached: Bool
    /// The most memory that the process has had at once.
    let peakResidentBytes: Int

    /// Whoever has not answered by then never will.
    private static let timeLimit = Duration.seconds(24 * 3600)

    /// Trains in a process of its own, because memory once used would count for this one too.
    ///
    /// - Throws: ``BenchChildError`` with what the process has to say, or ``ChildProcess/Failure``.
    static func measured(device: DeviceChoice) throws -> TrainRow {
        let request = Data(#"{"subject": "train"}"#.utf8) + Data("\n".utf8)
        let start = ContinuousClock.now
        let child = try ChildProcess(
            Invocation.command(["bench", "--worker", "--device", device.argument]))
        try child.send(request)
        var reply: BenchWorker.Reply?
        // Drivers may print on stdout, too.
        while reply == nil {
            let line = try child.receiveLine(until: start + timeLimit)
            reply = try? JSONDecoder().decode(BenchWorker.Reply.self, from: line)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        guard let outcome = reply?.training else {
            throw BenchChildError(reason: reply?.error, code: reply?.code ?? 1)
        }
        return TrainRow(
            model: StepModel.standardSizes.map(String.init).joined(separator: "-"),
            batch: TimeToAccuracy.batchSize, optimizer: TimeToAccuracy.optimizer.rawValue,
            target: TimeToAccuracy.target, seconds: seconds,
            trainingSeconds: outcome.trainingSeconds, epochs: outcome.epochs, steps: outcome.steps,
            accuracy: outcome.accuracy, isReached: outcome.isReached,
            peakResidentBytes: outcome.peakResidentBytes)
    }
}

extension DeviceChoice {
    /// The text that gives this choice.
    fileprivate var argument: String {
        switch self {
        case .automatic: "auto"
        case .gpu: "gpu"
        case .reference: "reference"
        case .index(let index): String(index)
        }
    }
}

/// A training in a process of its own that gave no result.
struct BenchChildError: Error, CustomStringConvertible {
    /// What the process said, if anything.
    let reason: String?
    /// The exit code that fits.
    let code: Int32

    var description: String {
        reason ?? "The training ended without a result: run `nngpu train` to see why."
    }
}
