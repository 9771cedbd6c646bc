import ArgumentParser
import NNGPU

// MARK: - What is saved and said at the end

extension Train {
    /// Saves and judges the model, and tells what became of the training.
    ///
    /// - Throws: The first failure, or the exit code of an interruption.
    func finish(_ training: FinishedTraining) throws {
        let (trainer, result, watch) = (training.trainer, training.result, training.watch)
        let split = training.subject.split
        var ending = TrainingEnding()
        let isInterrupted = result.ending == .interrupted
        let saving = {
            try saveModel(
                of: trainer, in: training.folder, classNames: split.train.classNames)
        }
        // After Ctrl-C save at once. Otherwise evaluate first: it throws if the weights are not finite, and
        // then nothing is saved.
        var isSaved = isInterrupted && ending.attempt(saving)
        var closing: Evaluation?
        ending.attempt { closing = try trainer.closingEvaluation(on: split, after: result) }
        if !isInterrupted, !ending.isDiverged { isSaved = ending.attempt(saving) }
        if let evaluation = closing {
            let seconds = training.display.elapsed
            let isReported = ending.attempt {
                try writeReport(
                    of: training, ending: self.ending(of: result, after: seconds), evaluation)
            }
            ending.attempt {
                try watch?.end(
                    LogLine.End(
                        ending: result.ending.words, steps: result.step, seconds: seconds,
                        loss: evaluation.loss, accuracy: evaluation.accuracy,
                        perplexity: evaluation.perplexity,
                        evaluatedOn: training.subject.judged.name,
                        secondsWaitingForSamples: result.secondsWaitingForSamples))
            }
            let presenting = {
                try present(
                    training, evaluation, after: seconds, isSaved: isSaved, isReported: isReported)
            }
            // A terminal that has closed takes no words, and that it has is what the exit code says.
            if isInterrupted { try? presenting() } else { ending.attempt(presenting) }
        } else if let failure = ending.failure {
            watch?.fail(failure, after: trainer.step)
        }
        ending.attempt { try training.lost.check() }
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

    /// What `--json` prints.
    private struct Summary: Encodable {
        let device: String
        let ending: String
        let steps: Int
        let loss: Double
        let accuracy: Double?
        /// Of a model of language, whose loss is in nats per token.
        let perplexity: Double?
        let evaluatedOn: String
        let samples: Int
        let seconds: Double
        /// Of all seconds; nothing where all samples were on the device.
        let secondsWaitingForSamples: Double?
        let skippedSteps: Int
        let rollbacks: Int
        let saved: String?
        /// Of the samples, where there are any.
        let nonFiniteSamples: Int?
    }

    private func present(
        _ training: FinishedTraining, _ evaluation: Evaluation, after seconds: Double,
        isSaved: Bool, isReported: Bool
    ) throws {
        let (result, judged) = (training.result, training.subject.judged)
        if json {
            return try Console.printJSON(
                Summary(
                    device: training.backend.name, ending: result.ending.words, steps: result.step,
                    loss: evaluation.loss, accuracy: evaluation.accuracy,
                    perplexity: evaluation.perplexity, evaluatedOn: judged.name,
                    samples: evaluation.count,
                    seconds: seconds, secondsWaitingForSamples: result.secondsWaitingForSamples,
                    skippedSteps: result.recoveries.skippedSteps,
                    rollbacks: result.recoveries.rollbacks,
                    saved: isSaved ? save : nil,
                    nonFiniteSamples: evaluation.nonFiniteCount > 0
                        ? evaluation.nonFiniteCount : nil))
        }
        try Console.print(ending(of: result, after: seconds))
        try Console.print(evaluation.sentence(on: judged.name))
        try Console.print(
            save.map { isSaved ? "saved \($0)\(ModelFile.remark(on: $0))" : "not saved" }
                ?? "not saved (give --save FILE)")
        if let report, isReported { try Console.print("wrote \(report)") }
    }

    private func ending(of result: TrainingResult, after seconds: Double) -> String {
        let waiting =
            result.secondsWaitingForSamples.map {
                ", \($0.formatted(decimals: 2)) s of it waiting for samples"
            } ?? ""
        let best = result.bestEpoch.map { ", weights of epoch \($0)" } ?? ""
        return "\(result.ending.words) after \(result.step.grouped) steps "
            + "in \(seconds.duration)\(waiting)\(best)\(result.recoveries.words)"
    }
}

extension TrainingResult {
    fileprivate var secondsWaitingForSamples: Double? { waitedForSamples.map { $0 / .seconds(1) } }
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
