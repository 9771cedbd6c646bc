import ArgumentParser
import NNFiles
import NNGPU

/// What `--metrics` asks for besides the loss: names separated by commas.
struct MetricList {
    private let names: [String]

    static let help = ArgumentHelp(
        "What to report besides the loss: accuracy, top-K such as top-5, confusion (a table, and the mean share "
            + "of right predictions over the labels), perplexity; of numbers r2.",
        valueName: "metric,…")

    /// What there is, by what outputs may stand for.
    private static func known(_ meaning: OutputMeaning) -> [String] {
        switch meaning {
        case .classes: ["accuracy", "top-K", "confusion", "perplexity"]
        case .decisions: ["accuracy"]
        case .numbers: ["r2"]
        }
    }

    /// Reads what `--metrics` was given.
    ///
    /// - Throws: `ValidationError` for names that are none of any loss.
    init(parsing text: String) throws {
        names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let all = ["accuracy", "top-K", "confusion", "perplexity", "r2"]
        for name in names where !all.contains(name) && Self.labels(ofTop: name) == nil {
            throw ValidationError(
                "there is no metric '\(name.printable)': use \(all.joined(separator: ", ")).")
        }
        guard Set(names).count == names.count else {
            throw ValidationError("each can be reported once.")
        }
    }

    /// K of `top-K`.
    private static func labels(ofTop name: String) -> Int? {
        guard name.hasPrefix("top-"), let k = Int(name.dropFirst(4)), k >= 1 else { return nil }
        return k
    }

    /// A task that reports these things of each of its outputs on a data set.
    ///
    /// - Throws: `ValidationError` for a metric that is none of an output's, or ``DataError`` for data without its
    ///   targets.
    func task(_ task: TrainingTask, on dataset: Dataset) throws -> TrainingTask {
        TrainingTask(
            try task.objectives.map { objective in
                Objective(
                    output: objective.output, target: objective.target, loss: objective.loss,
                    weight: objective.weight,
                    metrics: try names.map {
                        try Self.metric(
                            $0, for: objective.loss, of: dataset.target(objective.target))
                    })
            })
    }

    private static func metric(
        _ name: String, for loss: any Loss, of target: Dataset.Target
    ) throws -> any Metric {
        let classes = loss as? CrossEntropy
        let (ignored, isSoft) = (classes?.ignoredLabel, classes?.hasSoftTargets ?? false)
        switch (name, loss.meaning) {
        case ("accuracy", .classes), ("accuracy", .decisions):
            return Accuracy(of: loss.meaning, ignoredLabel: ignored, softTargets: isSoft)
        case ("confusion", .classes):
            return ConfusionMatrix(ignoredLabel: ignored, softTargets: isSoft)
        case ("perplexity", .classes): return Perplexity()
        case ("r2", .numbers):
            let sum = target.values.reduce(0.0) { $0 + Double($1) }
            return Determination(center: sum / Double(target.values.count))
        default:
            guard loss.meaning == .classes, let k = labels(ofTop: name) else {
                throw ValidationError(
                    "--metrics \(name) does not suit the loss \(type(of: loss).typeName): "
                        + "use \(known(loss.meaning).joined(separator: ", ")).")
            }
            return TopK(k, ignoredLabel: ignored, softTargets: isSoft)
        }
    }
}
