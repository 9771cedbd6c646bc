import Foundation
import NNFiles
import NNGraph
import NNModel
import NNTraining

/// A folder in which TensorBoard finds a training: its scalars, histograms of its weights and gradients,
/// and its graph.
///
/// The training's own figures are the run `train`, those of the validation samples the run `test`, so that
/// TensorBoard draws both curves of a loss into one chart. What is added later, by a training that goes on,
/// gets files of its own, beside the earlier ones. Another training in the same folder has its runs in a folder of its
/// own in it, `2`, `3` and so on, since readers drop what stands before a new beginning.
public final class TensorBoardFolder {
    private let root: URL
    /// Where the runs of this training are.
    private var url: URL
    private var training: EventFile?
    private var validation: EventFile?
    private var probe: GradientProbe?
    private var firstStep = 0
    private var lastHistograms: (at: ContinuousClock.Instant, cost: Duration)?

    /// Opens a folder, which is made if need be, with those above it.
    ///
    /// - Throws: ``NNFiles/GrowingFileError`` if nothing can be written there.
    public init(path: String) throws {
        root = try Self.makeFolder(URL(fileURLWithPath: path, isDirectory: true))
        url = root
    }

    /// Notes what is trained: the graph, and the weights and gradients that the training starts with.
    ///
    /// TensorBoard then forgets what earlier files say of later steps than the trainer's.
    public func begin(_ trainer: Trainer, dataset: Dataset, batchSize: Int) throws {
        firstStep = trainer.step
        url = try firstStep == 0 ? newFolder() : latestFolder()
        let training = try EventFile(
            folder: Self.makeFolder(url.appending(path: Self.trainingName)))
        self.training = training
        let graph = try GraphDefinition(
            of: trainer.graphs, batchSize: min(batchSize, dataset.count))
        let content = try graph.serialized()
        try training.append([start, .with { $0.graphDef = content }])
        probe = try GradientProbe(of: trainer, on: dataset, sampleCount: batchSize)
        if firstStep == 0 { try noteHistograms(of: trainer) }
    }

    /// Notes a report of the trainer; histograms at the end of an epoch and once a minute, unless they
    /// would take more than a fiftieth of the time, and in any case at the last step.
    public func note(_ progress: TrainingProgress, of trainer: Trainer) throws {
        var scalars = Self.scalars(of: progress.recent)
        scalars.append((tag: "learning rate", value: progress.learningRate))
        scalars.append((tag: "samples per second", value: progress.samplesPerSecond))
        try training?.append([Self.event(step: progress.step, scalars: scalars)])
        if let evaluation = progress.validation {
            let scalars = Self.scalars(of: evaluation)
            let event = Self.event(step: progress.step, scalars: scalars)
            if let validation {
                try validation.append([event])
            } else {
                let file = try EventFile(folder: Self.makeFolder(url.appending(path: "test")))
                try file.append([start, event])
                validation = file
            }
        }
        if isTimeForHistograms(at: progress) { try noteHistograms(of: trainer) }
    }

    private func isTimeForHistograms(at progress: TrainingProgress) -> Bool {
        guard let last = lastHistograms, progress.step < progress.lastStep else { return true }
        let passed = .now - last.at
        return passed >= last.cost * 50
            && (progress.stepInEpoch == progress.stepsPerEpoch || passed >= .seconds(60))
    }

    // MARK: - Events

    private var start: Event {
        .with {
            $0.step = Int64(firstStep == 0 ? 0 : firstStep + 1)
            $0.sessionLog.status = .start
        }
    }

    private static func scalars(of evaluation: Evaluation) -> [(tag: String, value: Double)] {
        let others = [("accuracy", evaluation.accuracy), ("perplexity", evaluation.perplexity)]
        return [(tag: "loss", value: evaluation.loss)]
            + others.compactMap { tag, value in value.map { (tag: tag, value: $0) } }
    }

    private static func event(step: Int, scalars: [(tag: String, value: Double)]) -> Event {
        .with {
            $0.step = Int64(step)
            $0.summary.value = scalars.map { tag, value in
                .with {
                    $0.tag = tag
                    $0.simpleValue = Float(value)
                }
            }
        }
    }

    private func noteHistograms(of trainer: Trainer) throws {
        guard let probe else { return }
        let start = ContinuousClock.now
        let state = trainer.state
        let kinds = try [
            ("weights", state.backend.readFloats(state.parameters)), ("gradients", probe.measure()),
        ]
        let values: [Summary.Value] = kinds.flatMap { kind, values in
            trainer.graphs.layout.entries.compactMap { entry in
                Histogram(of: values[entry.range]).map { histogram in
                    Summary.Value.with {
                        $0.tag = "\(kind)/\(entry.name)"
                        $0.histo = histogram.message
                    }
                }
            }
        }
        try training?.append([
            .with {
                $0.step = Int64(trainer.step)
                $0.summary.value = values
            }
        ])
        lastHistograms = (at: .now, cost: .now - start)
    }

    // MARK: - Folders

    private static let trainingName = "train"

    /// The folder of a training that begins: the root, unless another training has its runs there.
    private func newFolder() throws(GrowingFileError) -> URL {
        guard access(root.appending(path: Self.trainingName).path, F_OK) == 0 else { return root }
        for number in 2...9999 {
            let folder = root.appending(path: String(number))
            if mkdir(folder.path, 0o777) == 0 { return folder }
            guard errno == EEXIST else { throw GrowingFileError(path: folder.path, code: errno) }
        }
        throw GrowingFileError(path: root.path, code: EMFILE)
    }

    /// The folder of the training that began last.
    private func latestFolder() -> URL {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        let latest = names.compactMap { Int($0) }.filter { $0 >= 2 }.max()
        return latest.map { root.appending(path: String($0)) } ?? root
    }

    /// Makes a folder and those above it.
    private static func makeFolder(_ url: URL) throws(GrowingFileError) -> URL {
        if mkdir(url.path, 0o777) == 0 || errno == EEXIST { return url }
        guard errno == ENOENT else { throw GrowingFileError(path: url.path, code: errno) }
        _ = try makeFolder(url.deletingLastPathComponent())
        guard mkdir(url.path, 0o777) == 0 || errno == EEXIST else {
            throw GrowingFileError(path: url.path, code: errno)
        }
        return url
    }
}
