import ArgumentParser
import Foundation
import NNGPU
import TensorBoard

/// The flags that write down what a training does.
struct WatchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Add a line of JSON to this file for every report, evaluation and checkpoint.",
            valueName: "file.jsonl"), completion: .file())
    var log: String?

    @Option(
        help: ArgumentHelp(
            "Write curves, histograms of weights and gradients, and the graph for TensorBoard.",
            valueName: "folder"), completion: .directory)
    var tensorboard: String?

    @Option(
        help: ArgumentHelp(
            "Write when the device and the host did what, for ui.perfetto.dev, and print where "
                + "the device's time went.", valueName: "file.json"), completion: .file())
    var trace: String?

    @Option(help: "How many steps --trace records, from the third on (default: 500).")
    var traceSteps: Int?

    static let defaultTraceSteps = 500
    private static let allowedTraceSteps = 1...10_000

    func validate() throws {
        guard let traceSteps else { return }
        guard trace != nil else {
            throw ValidationError("--trace-steps needs --trace FILE to say where.")
        }
        guard Self.allowedTraceSteps.contains(traceSteps) else {
            throw ValidationError(
                "--trace-steps \(traceSteps) is not between 1 and "
                    + "\(Self.allowedTraceSteps.upperBound).")
        }
    }

    /// Looks before any work whether the files can be written.
    func check() throws {
        for path in [log, trace].compactMap({ $0 }) { try OutputFile.check(path) }
    }

    /// Opens the files; nil if none is asked for.
    func open(on backend: any Backend) throws -> Watch? {
        guard log != nil || tensorboard != nil || trace != nil else { return nil }
        return try Watch(
            log: log.map(TrainingLog.init), board: tensorboard.map(TensorBoardFolder.init),
            trace: trace.map {
                TrainingTrace(
                    path: $0, steps: traceSteps ?? Self.defaultTraceSteps, backend: backend)
            })
    }
}
