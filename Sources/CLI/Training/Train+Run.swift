import ArgumentParser
import NNGPU

/// A training that is over, and what came with it.
struct FinishedTraining {
    let subject: TrainingSubject
    let backend: any Backend
    let trainer: Trainer
    let result: TrainingResult
    /// The reports, if a page is to be made of them.
    let progress: [TrainingProgress]
    let folder: CheckpointFolder?
    let lost: LostCheckpoints
    let watch: Watch?
    let display: TrainingDisplay
}

// MARK: - The run

extension Train {
    /// Trains until the end, or until it is interrupted.
    func train(
        _ subject: TrainingSubject, on backend: any Backend
    ) throws -> FinishedTraining {
        let split = subject.split
        let trainer = try trainer(of: subject, on: backend)
        let watch = try watching.open(on: backend)
        let display = TrainingDisplay(
            isQuiet: quiet, monitored: subject.monitored,
            tokensOfSample: subject.description.network.tokensOfSample)
        display.begin(try introduction(to: subject, by: trainer, on: backend))
        tune(trainer, for: subject, on: backend)
        // Tuning comes first, as the choice of kernels is part of what a checkpoint tells.
        let folder = try checkpoints.open(for: trainer, on: backend) {
            try trainer.changes(for: split.train, options: options)
        }
        Interruption.catchSignals()
        try watch?.begin(
            LogLine.Run(
                trainer, on: split, options, optimization: optimization, backend: backend), trainer,
            on: split.train)
        var progress: [TrainingProgress] = []
        var lost = LostCheckpoints()
        let result: TrainingResult
        do {
            defer { display.end() }
            result = try trainer.fit(
                split.train, validation: split.monitored, options: options, checkpoints: folder,
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
        return FinishedTraining(
            subject: subject, backend: backend, trainer: trainer, result: result,
            progress: progress, folder: folder, lost: lost, watch: watch, display: display)
    }

    /// Trains a few steps with and without an interruption, and says whether the bits agree.
    func verifyResume(_ subject: TrainingSubject, on backend: any Backend) throws {
        let check = ResumeCheck(options: options, dataset: subject.split.train) {
            try trainer(of: subject, on: backend)
        }
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

    /// A trainer at its first step.
    private func trainer(
        of subject: TrainingSubject, on backend: any Backend
    ) throws -> Trainer {
        let description = subject.description
        let trainer = try Trainer(
            description.network, task: description.task,
            optimizer: optimization.rule, groups: optimization.groups,
            frozen: freeze?.patterns ?? [], learningRate: subject.learningRate,
            schedule: LearningRateSchedule(schedule),
            clipNorm: clipNorm, seed: seed, augmentation: augment, backend: backend)
        if let weights = subject.weights { try load(weights, into: trainer) }
        return trainer
    }

    /// Takes the weights that `--init` names: all of them or, where parameters are frozen, those that fit.
    private func load(_ weights: Safetensors, into trainer: Trainer) throws {
        guard freeze != nil else { return try trainer.load(weights) }
        let fit = try trainer.loadPartially(weights)
        // Random numbers that nobody trains are a mistake, such as in a name.
        let frozen = trainer.graphs.layout.fixedEntries.filter { $0.kind == .frozen }
        for lost in fit.fresh where frozen.contains(where: { $0.name == lost.name }) {
            throw lost.found.map {
                ModelError.parameterShape(name: lost.name, expected: lost.expected, found: $0)
            } ?? .missingParameter(lost.name)
        }
        Console.diagnose(fit.description)
    }

    private var options: TrainingOptions {
        TrainingOptions(
            length: steps.map { .steps($0) } ?? .epochs(epochCount), batchSize: batchSize,
            partCount: accumulate, isShuffled: !noShuffle, patience: patience,
            lossInterval: lossInterval,
            checkpointInterval: checkpoints.every, onNonFinite: divergence.onNan,
            auditInterval: divergence.audit, residentLimit: dataMemory.map { $0 << 20 })
    }

    private var epochCount: Int { epochs ?? 10 }

    private func introduction(
        to subject: TrainingSubject, by trainer: Trainer, on backend: any Backend
    ) throws -> String {
        let (split, description) = (subject.split, subject.description)
        let layout = trainer.graphs.layout
        return """
            device: \(backend.name)
            data: \(split.train.name), \(split.train.count.grouped) samples\
            \(split.validation.map { ", \($0.count.grouped) to validate on" } ?? "")\
            \(split.test.map { ", \($0.count.grouped) to test on" } ?? "")
            \(DataSummary(split, description.network, loss: description.task.loss).text)\
            \(try streamingWords(for: split.train, by: trainer))\
            \(subject.remarks.map { "\nnote: \($0)" }.joined())
            \(try ModelSummary(of: description.network))\(frozenWords(layout))
            \(type(of: description.task.loss).typeName), \(optimization.words), \
            learning rate \(subject.learningRate), batch size \(subject.batchSize), seed \(seed)\
            \(augment.map { "\naugmentation, in training alone: \($0)" } ?? "")
            """
    }

    /// What is done about samples that the device does not keep.
    private func streamingWords(for dataset: Dataset, by trainer: Trainer) throws -> String {
        let limit = dataMemory.map { $0 << 20 }
        guard try trainer.residence(of: dataset, limit: limit) == .streamed else { return "" }
        let bytes = dataset.inputs.reduce(0) {
            $0 + $1.values.count * $1.values.elementType.byteCount
        }
        return "\nsamples: \((bytes >> 20).grouped) MiB, brought by threads batch by batch"
    }

    /// How many of the parameters are not trained.
    private func frozenWords(_ layout: ParameterLayout) -> String {
        let count = layout.fixedEntries.filter { $0.kind == .frozen }.reduce(0) {
            $0 + $1.range.count
        }
        return count == 0 ? "" : ", \(count.grouped) of them frozen"
    }

    /// Measures kernels first where the training is long enough for that.
    private func tune(
        _ trainer: Trainer, for subject: TrainingSubject, on backend: any Backend
    ) {
        guard !noTune, let opencl = backend as? OpenCLBackend else { return }
        let stepsPerEpoch = (subject.split.train.count - 1) / subject.batchSize + 1
        let isTuned = Tuning(trainer.graphs, batchSizes: [subject.batchSize], on: opencl)
            .prepareTraining(
                steps: Double(steps ?? stepsPerEpoch) * Double(steps == nil ? epochCount : 1),
                isQuiet: quiet)
        guard isTuned else { return }
        DriverTrust(device: opencl.device, isQuiet: quiet).checkTuning(
            of: opencl, for: subject.probe)
    }
}
