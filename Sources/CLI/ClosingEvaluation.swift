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
        let evaluation = try judge(split.test ?? split.train)
        if evaluation.loss.isFinite || result.ending == .interrupted { return evaluation }
        let isExplained =
            evaluation.nonFiniteCount == 0 || split.test != nil
            || result.recoveries.skippedSteps > 0
        guard try isExplained && !isUseless(evaluation, on: split) else {
            throw TrainingError.notFinite(epoch: result.progress?.epoch ?? 1, step: result.step)
        }
        return evaluation
    }

    /// Whether there is no sample that the model can be applied to, be it of the test or not.
    private func isUseless(_ evaluation: Evaluation, on split: DatasetSplit) throws -> Bool {
        guard evaluation.nonFiniteCount == evaluation.count else { return false }
        guard split.test != nil else { return true }
        let training = try judge(split.train)
        return training.nonFiniteCount == training.count
    }
}

extension Evaluation {
    /// The loss, the accuracy where there are classes, and how many samples give no numbers.
    func sentence(on dataset: String) -> String {
        let accuracy = accuracy.map { ", accuracy \(($0 * 100).formatted(decimals: 2)) %" } ?? ""
        let bad =
            nonFiniteCount == 0
            ? ""
            : ", \(nonFiniteCount.grouped) of which \(nonFiniteCount == 1 ? "gives" : "give") "
                + "numbers that are not finite"
        return "\(dataset): loss \(loss.formatted(decimals: 4))\(accuracy) "
            + "on \(count.grouped) samples\(bad)"
    }
}
