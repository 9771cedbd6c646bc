extension Loss {
    /// The same loss, which leaves out samples with PyTorch's label of what counts for nothing if there are some.
    public func ignoringUnlabelled(in split: DatasetSplit) -> any Loss {
        let unlabelled = ClassCoding.ignoredLabel
        guard let loss = self as? CrossEntropy, loss.ignoredLabel == nil, !loss.hasSoftTargets,
            [split.train, split.validation, split.test].contains(where: {
                guard let target = $0?.allTargets[0], !target.numbers.areMadeByBatch else {
                    return false
                }
                return target.values.contains(unlabelled)
            })
        else { return self }
        return CrossEntropy(
            labelSmoothing: loss.labelSmoothing, classWeights: loss.classWeights,
            ignoredLabel: Int(unlabelled))
    }
}

extension TrainingTask {
    /// The same task, which leaves out such samples if it has one objective.
    public func ignoringUnlabelled(_ split: DatasetSplit) -> TrainingTask {
        guard objectives.count == 1, let only = objectives.first else { return self }
        let loss = only.loss.ignoringUnlabelled(in: split)
        guard (loss as? CrossEntropy)?.ignoredLabel != (only.loss as? CrossEntropy)?.ignoredLabel
        else { return self }
        return TrainingTask([
            Objective(output: only.output, target: only.target, loss: loss, weight: only.weight)
        ])
    }
}
