import ArgumentParser
import Foundation
import NNGPU
import Reports

/// `nngpu train`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a network.",
        discussion: """
            --data is fashion-mnist, a folder of IDX files, x.npy,y.npy, a .csv file with a label \
            column, or a generated set: xor, moons, circles, spirals, sine. Optimizers have \
            PyTorch's update rules and defaults.

            A run file has the long names of the flags as keys (`batch-size: 64`, `resume: true`) and \
            paths that are relative to the current folder, as on the line.

            Examples: nngpu train --device 0 --epochs 5 --save model.safetensors
                      nngpu train --epochs 5 --report run.html
                      nngpu train --hidden 64 --print-config > run.yaml
                      nngpu train run.yaml --seed 7
                      nngpu train --checkpoint run --every 500 --resume
            """)

    @Argument(
        help: ArgumentHelp(
            "Take settings from this YAML or JSON file; flags on the line win.",
            valueName: "run.yaml"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var runFile: String?

    @Option(
        help: ArgumentHelp("What to learn from.", valueName: "spec"), completion: .file())
    var data = "fashion-mnist"

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var device: DeviceOption

    @Option(
        help: "What training makes small (default: softmax-cross-entropy for labels, else mse).")
    var loss: Loss?

    @Option(help: "Passes over the data (default: 10).")
    var epochs: Int?

    @Option(help: "Steps to take instead of whole epochs.")
    var steps: Int?

    @Option(help: "The samples of a step; the last step of an epoch takes what is left.")
    var batchSize = 128

    @Option(help: "The update rule.")
    var optimizer: OptimizerName = .adam

    @Option(help: "The learning rate (default: PyTorch's, 0.001; rmsprop 0.01).")
    var learningRate: Double?

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes: constant, step:SIZE:GAMMA, cosine[:MINIMUM], with "
                + "warmup:STEPS+ in front if wanted; counted in steps."))
    var schedule = "constant"

    @Option(help: "Weight decay (default: PyTorch's, 0.01 for adamw, else 0).")
    var weightDecay: Double?

    @Option(help: "The largest norm that the gradient may have; longer ones are scaled down.")
    var clipNorm: Double?

    @Option(
        help: "Stop after so many epochs without a smaller test loss, and keep the best weights.")
    var patience: Int?

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    @Flag(help: "Take the samples in the order of the file.")
    var noShuffle = false

    @Option(help: "Every how many steps the loss is read from the device and shown.")
    var lossInterval = 50

    @Option(
        name: .customLong("init"), help: "Start from these weights (safetensors or ONNX).",
        completion: .file())
    var initial: String?

    @Option(
        help: "Write the trained model here (safetensors, or what .onnx or .npz says).",
        completion: .file())
    var save: String?

    @Option(
        help: ArgumentHelp(
            "Write a page with curves, confusion matrix and mistakes here.",
            valueName: "file.html"),
        completion: .file())
    var report: String?

    @OptionGroup var checkpoints: CheckpointOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var divergence: DivergenceOptions

    @Flag(
        help: ArgumentHelp(
            "Never measure kernels before a long training; what `nngpu tune` has measured is used, "
                + "else the rules."))
    var noTune = false

    @Flag(help: "Print all settings as a run file, and do not train.")
    var printConfig = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print nothing while training.")
    var quiet = false

    private static let defaultEpochs = 10

    func validate() throws {
        guard epochs == nil || steps == nil else {
            throw ValidationError("--epochs and --steps both say how long to train: give one.")
        }
        let counts = [
            ("--epochs", epochs), ("--steps", steps), ("--batch-size", batchSize),
            ("--patience", patience), ("--loss-interval", lossInterval),
        ]
        for (flag, count) in counts {
            if let count, count < 1 { throw ValidationError("\(flag) \(count) is not positive.") }
        }
        if let weightDecay, !(weightDecay >= 0 && weightDecay.isFinite) {
            throw ValidationError(
                "--weight-decay \(weightDecay) is not a finite number of at least 0.")
        }
        do { _ = try LearningRateSchedule(schedule) } catch {
            throw ValidationError(error.description)
        }
        if let save { try ModelFile.checkEnding(of: save, flag: "--save") }
    }

    func run() throws {
        // One has been read and left out before; here, what misspelled flags leave over is known.
        if let runFile {
            throw ValidationError(
                "Unexpected argument '\(runFile)': give one run file, and no `--` before it.")
        }
        if printConfig {
            return try Console.print(RunSettings(Invocation.words.dropFirst()).yaml())
        }
        for path in [save, report].compactMap({ $0 }) { try OutputFile.check(path) }
        try watching.check()
        let split = try DataSource(data).load(seed: seed)
        let weights = try initial.map(InitialWeights.init)
        let description = try self.description(for: split, weights)
        let rate = learningRate ?? optimizer.defaultLearningRate
        // What nothing can be done with is said before a device has to do anything.
        try Trainer.check(learningRate: rate, clipNorm: clipNorm)
        let subject = try probeSubject(description, split)
        let graphs = try subject.graphs()
        for dataset in [split.train, split.test].compactMap(\.self) { try graphs.check(dataset) }
        let backend = try device.open(
            isProfiling: watching.trace != nil, for: subject, isQuiet: quiet)
        let options = TrainingOptions(
            length: steps.map { .steps($0) } ?? .epochs(epochs ?? Self.defaultEpochs),
            batchSize: batchSize,
            isShuffled: !noShuffle, patience: patience, lossInterval: lossInterval,
            checkpointInterval: checkpoints.every, onNonFinite: divergence.onNan,
            auditInterval: divergence.audit)
        let makeTrainer = {
            let trainer = try Trainer(
                model: description.model, inputShape: description.inputShape,
                loss: description.loss,
                optimizer: optimizer.optimizer(weightDecay: weightDecay), learningRate: rate,
                schedule: LearningRateSchedule(schedule), clipNorm: clipNorm, seed: seed,
                backend: backend)
            if let weights { try trainer.load(weights.file) }
            return trainer
        }
        if checkpoints.verifyResume {
            return try verify(
                ResumeCheck(options: options, dataset: split.train, makeTrainer: makeTrainer))
        }
        let trainer = try makeTrainer()
        let watch = try watching.open(on: backend)

        let display = TrainingDisplay(isQuiet: quiet)
        display.begin(
            """
            device: \(backend.name)
            data: \(split.train.name), \(split.train.count.grouped) samples\
            \(split.test.map { ", \($0.count.grouped) to test on" } ?? "")
            \(try ModelSummary(of: description.model, inputShape: description.inputShape))
            \(description.loss.rawValue), \(optimizer.rawValue), learning rate \(rate), \
            batch size \(min(batchSize, split.train.count)), seed \(seed)
            """)
        if !noTune, let opencl = backend as? OpenCLBackend {
            let size = min(batchSize, split.train.count)
            let stepsPerEpoch = (split.train.count - 1) / size + 1
            let isTuned = Tuning(trainer.graphs, batchSizes: [size], on: opencl).prepareTraining(
                steps: Double(steps ?? stepsPerEpoch)
                    * Double(steps == nil ? epochs ?? Self.defaultEpochs : 1),
                isQuiet: quiet)
            if isTuned {
                DriverTrust(device: opencl.device, isQuiet: quiet).checkTuning(
                    of: opencl, for: subject)
            }
        }
        // Tuning comes first, as the choice of kernels is part of what a checkpoint tells.
        let folder = try checkpoints.open(for: trainer, on: backend)
        Interruption.catchSignals()
        try watch?.begin(
            LogLine.Run(
                trainer, on: split, options, optimizer: optimizer, weightDecay: weightDecay,
                backend: backend), trainer, on: split.train)
        var progress: [TrainingProgress] = []
        var lost = LostCheckpoints()
        let result: TrainingResult
        do {
            defer { display.end() }
            result = try trainer.fit(
                split.train, validation: split.test, options: options, checkpoints: folder,
                observer: watch,
                report: {
                    display.show($0)
                    try watch?.note($0, of: trainer)
                    if report != nil { progress.append($0) }
                },
                checkpointFailed: {
                    display.end()
                    lost.note($0)
                },
                recovered: {
                    display.end()
                    Console.diagnose("\($0)")
                    try watch?.note($0)
                }, shouldStop: { Interruption.isRequested })
        } catch {
            watch?.fail(error, after: trainer.step)
            throw error
        }
        var ending = TrainingEnding()
        let isInterrupted = result.ending == .interrupted
        let saving = { try saveModel(of: trainer, in: folder, classNames: split.train.classNames) }
        // Who interrupts does not wait for an evaluation; else it shows what must not be saved.
        var isSaved = isInterrupted && ending.attempt(saving)
        let judged = split.test ?? split.train
        var closing: Evaluation?
        ending.attempt { closing = try trainer.closingEvaluation(on: split, after: result) }
        if !isInterrupted, !ending.isDiverged { isSaved = ending.attempt(saving) }
        if let evaluation = closing {
            let seconds = display.elapsed
            let isReported = ending.attempt {
                try writeReport(
                    of: trainer, description, split, device: backend.name, progress: progress,
                    ending: self.ending(of: result, after: seconds), evaluation)
            }
            ending.attempt {
                try watch?.end(
                    LogLine.End(
                        ending: result.ending.words, steps: result.step, seconds: seconds,
                        loss: evaluation.loss, accuracy: evaluation.accuracy,
                        evaluatedOn: judged.name))
            }
            let presenting = {
                try present(
                    result, evaluation, on: judged, backend, after: seconds, isSaved: isSaved,
                    isReported: isReported)
            }
            // A terminal that has closed takes no words, and that it has is what the exit code says.
            if isInterrupted { try? presenting() } else { ending.attempt(presenting) }
        } else if let failure = ending.failure {
            watch?.fail(failure, after: trainer.step)
        }
        ending.attempt { try lost.check() }
        if isInterrupted {
            Console.diagnose(checkpoints.howToResume)
        } else {
            ending.attempt {
                guard let usage = try watch?.deviceUsage() else { return }
                if json { Console.diagnose(usage) } else { try Console.print("\n\(usage)") }
            }
        }
        ending.attempt { try watch?.checkWritten() }
        try ending.finish()
        if isInterrupted { throw ExitCode(Interruption.exitCode) }
    }

    /// What the device's driver has to get right before it is trusted with the training.
    private func probeSubject(
        _ description: ModelDescription, _ split: DatasetSplit
    ) throws -> ProbeSubject {
        try ProbeSubject(
            description, optimizer: optimizer, weightDecay: weightDecay, clipNorm: clipNorm,
            batchSize: min(batchSize, split.train.count),
            evaluationBatchSize: min(
                Trainer.evaluationBatchSize, (split.test ?? split.train).count),
            features: split.train.features.elementType)
    }

    private func verify(_ check: ResumeCheck) throws {
        let outcome = try check.run()
        if json {
            try Console.printJSON(outcome)
        } else {
            try Console.print(
                "\(outcome.steps) steps, and the same with an interruption after "
                    + "\(outcome.interruptedAfter): "
                    + (outcome.isIdentical
                        ? "all \(outcome.bytes.grouped) bytes agree" : "the bits differ"))
        }
        if !outcome.isIdentical { throw ExitCode(1) }
    }

    /// Saves the model where that is asked for.
    ///
    /// - Throws: ``UnsavedModel`` if it cannot be written and is in a checkpoint all the same.
    private func saveModel(
        of trainer: Trainer, in folder: CheckpointFolder?, classNames: [String]?
    ) throws {
        guard let save else { return }
        var file = try trainer.parameters()
        file.classNames = classNames
        do {
            try ModelFile.write(file, to: save)
        } catch let error as AtomicFileError {
            guard let path = checkpoints.checkpoint,
                try folder?.newest().checkpoint?.record.step == trainer.step
            else { throw error }
            throw UnsavedModel(cause: error, folder: path)
        }
    }

    // MARK: - The model

    /// The layers, from `--model`, from the weights' own description, or from the flags.
    private func description(
        for split: DatasetSplit, _ weights: InitialWeights?
    ) throws -> ModelDescription {
        let own = try weights.flatMap { weights in
            weights.file.metadata[ModelDescription.metadataKey] == nil
                ? nil : try ModelDescription(of: weights.file)
        }
        let given = try modelOptions.description() ?? (modelOptions.describesLayers ? nil : own)
        if let given {
            return ModelDescription(
                model: given.model, inputShape: given.inputShape, loss: loss ?? given.loss)
        }
        let widths = weights?.widths ?? []
        let isClassification = (try? split.classCount) != nil
        let loss =
            loss ?? own?.loss ?? (isClassification ? .softmaxCrossEntropy : .meanSquaredError)
        let inputs = split.train.featureCount
        let model = modelOptions.perceptron(
            inputs: inputs, outputs: try widths.last ?? outputs(for: loss, of: split),
            hidden: weights == nil ? HiddenLayers.standard : Array(widths.dropLast()))
        return ModelDescription(model: model, inputShape: [inputs], loss: loss)
    }

    private func outputs(for loss: Loss, of split: DatasetSplit) throws -> Int {
        switch loss {
        case .softmaxCrossEntropy: try split.classCount
        case .binaryCrossEntropy: 1
        case .meanSquaredError: split.train.targetWidth
        }
    }

    // MARK: - The result

    private struct Summary: Encodable {
        let device: String
        let ending: String
        let steps: Int
        let loss: Double
        let accuracy: Double?
        let evaluatedOn: String
        let samples: Int
        let seconds: Double
        let skippedSteps: Int
        let rollbacks: Int
        let saved: String?
        /// Of the samples, where there are any.
        let nonFiniteSamples: Int?
    }

    private func present(
        _ result: TrainingResult, _ evaluation: Evaluation, on judged: Dataset,
        _ backend: any Backend, after seconds: Double, isSaved: Bool, isReported: Bool
    ) throws {
        if json {
            return try Console.printJSON(
                Summary(
                    device: backend.name, ending: result.ending.words, steps: result.step,
                    loss: evaluation.loss, accuracy: evaluation.accuracy,
                    evaluatedOn: judged.name, samples: evaluation.count,
                    seconds: seconds, skippedSteps: result.recoveries.skippedSteps,
                    rollbacks: result.recoveries.rollbacks,
                    saved: isSaved ? save : nil,
                    nonFiniteSamples: evaluation.nonFiniteCount > 0
                        ? evaluation.nonFiniteCount : nil))
        }
        try Console.print(ending(of: result, after: seconds))
        try Console.print(evaluation.sentence(on: judged.name))
        try Console.print(
            save.map { isSaved ? "saved \($0)" : "not saved" } ?? "not saved (give --save FILE)")
        if let report, isReported { try Console.print("wrote \(report)") }
    }

    private func ending(of result: TrainingResult, after seconds: Double) -> String {
        let best = result.bestEpoch.map { ", weights of epoch \($0)" } ?? ""
        return "\(result.ending.words) after \(result.step.grouped) steps "
            + "in \(seconds.duration)\(best)\(result.recoveries.words)"
    }

    // MARK: - The page

    private func writeReport(
        of trainer: Trainer, _ description: ModelDescription, _ split: DatasetSplit,
        device: String, progress: [TrainingProgress], ending: String, _ evaluation: Evaluation
    ) throws {
        guard let report else { return }
        let judged = split.test ?? split.train
        let record = TrainingRecord(
            command: Invocation.line, device: device, seed: seed,
            settings: settings(of: trainer, split), layers: try layers(of: description),
            progress: progress, ending: ending, evaluation: evaluation, dataset: judged,
            outputs: try trainer.predict(judged.features), loss: description.loss)
        try AtomicFile.write(
            Data(TrainingPage.html(of: record).utf8), to: URL(fileURLWithPath: report))
    }

    private func settings(
        of trainer: Trainer, _ split: DatasetSplit
    ) -> [(name: String, value: String)] {
        [
            ("samples", split.train.count.grouped),
            ("batch size", String(min(batchSize, split.train.count))),
            ("optimizer", optimizer.rawValue), ("learning rate", "\(trainer.learningRate)"),
            ("schedule", "\(trainer.schedule)"), ("loss", trainer.graphs.loss.rawValue),
            ("parameters", trainer.graphs.layout.count.grouped),
        ]
    }

    private func layers(of description: ModelDescription) throws -> [[String]] {
        let summary = try ModelSummary(of: description.model, inputShape: description.inputShape)
        return [["place", "layer", "output", "parameters"]]
            + summary.rows.map {
                [$0.path, $0.layer, "\($0.outputShape)", $0.parameterCount.grouped]
            }
    }
}

extension TrainingResult.Ending {
    /// The ending in a word or two.
    fileprivate var words: String {
        switch self {
        case .completed: "completed"
        case .stoppedEarly: "stopped early"
        case .interrupted: "interrupted"
        }
    }
}
