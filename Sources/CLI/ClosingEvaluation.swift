import NNGPU

extension Trainer {
    /// How the model does after a training; the loss need not be finite.
    ///
    /// A bad sample does not make a bad model: of the test samples some may give no numbers, and of the
    /// training samples those whose steps were skipped.
    ///
    /// - Throws: ``TrainingError/notFinite(epoch:step:)`` for weights that the last step has made too
    ///   large to be of use.
    func closingEvaluation(on split: DatasetSplit, after result: TrainingResult) throws
        -> Evaluation
    {
        let evaluation = try judge(split.judged)
        if evaluation.loss.isFinite || result.ending == .interrupted { return evaluation }
        let isExplained =
            evaluation.nonFiniteCount == 0 || split.monitored != nil
            || result.recoveries.skippedSteps > 0
        guard try isExplained && !isUseless(evaluation, on: split) else {
            throw TrainingError.notFinite(epoch: result.progress?.epoch ?? 1, step: result.step)
        }
        return evaluation
    }

    /// Whether there is no sample that the model can be applied to, be it of the test or not.
    private func isUseless(_ evaluation: Evaluation, on split: DatasetSplit) throws -> Bool {
        guard evaluation.nonFiniteCount == evaluation.count else { return false }
        guard split.monitored != nil else { return true }
        let training = try judge(split.train)
        return training.nonFiniteCount == training.count
    }
}

extension Evaluation {
    /// The loss, what is reported besides, and how many samples give no numbers.
    func sentence(on dataset: String) -> String {
        let metrics = metrics.map { metric in
            // What is no share is a number.
            let isNumber = ["loss", "R²", "perplexity"].contains { metric.name.hasSuffix($0) }
            let value =
                isNumber
                ? metric.value.formatted(decimals: 4)
                : (metric.value * 100).formatted(decimals: 2) + " %"
            return ", \(metric.name) \(value)"
        }.joined()
        let bad =
            nonFiniteCount == 0
            ? ""
            : ", \(nonFiniteCount.grouped) of which \(nonFiniteCount == 1 ? "gives" : "give") "
                + "numbers that are not finite"
        return "\(dataset): loss \(loss.formatted(decimals: 4))\(metrics) "
            + "on \(count.grouped) samples\(bad)"
    }
}

/// How often each class is predicted for each label.
struct ConfusionTable {
    /// Row by row, a row for each label.
    let rows: [[Int]]

    /// As a table with the names of the classes, or their numbers.
    func table(_ names: [String]?) -> String {
        let names = rows.indices.map { index in
            names.flatMap { $0.indices.contains(index) ? $0[index].printable : nil } ?? "\(index)"
        }
        let lines = zip(names, rows).map { name, row in [name] + row.map(\.grouped) }
        return Console.table([["label, predicted:"] + names] + lines)
    }
}

extension Evaluation {
    /// The confusion matrix, if that was asked for.
    var confusion: ConfusionTable? {
        metrics.first { $0.name == ConfusionMatrix().name }.map { metric in
            let classes = Int(Double(metric.sums.count).squareRoot())
            return ConfusionTable(
                rows: (0..<classes).map { label in
                    metric.sums[label * classes..<(label + 1) * classes].map { Int($0) }
                })
        }
    }
}
