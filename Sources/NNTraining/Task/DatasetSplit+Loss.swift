import NNFiles

extension DatasetSplit {
    /// The same with targets as a loss takes them: as labels, if it takes those.
    ///
    /// - Parameters:
    ///   - loss: The loss of the only objective.
    ///   - known: The names of the classes that a model knows already.
    /// - Returns: The same samples.
    /// - Throws: ``DataError``.
    public func labelled(
        for loss: any Loss, as known: [String]? = nil
    ) throws(DataError) -> DatasetSplit {
        guard let loss = loss as? CrossEntropy, !loss.hasSoftTargets else { return self }
        return try labelled(as: known)
    }
}
