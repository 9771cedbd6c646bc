/// What a training does about a step whose loss, gradient or new parameters are not finite.
public enum NonFinitePolicy: String, CaseIterable, Sendable {
    /// End with an error that names the step, the operation and the layer.
    case stop
    /// Leave the parameters as they were before the step and go on with the next batch.
    case skip
    /// Go back some hundred steps and halve the learning rate for the rest of the training.
    case rollback

    /// How many steps in a row are left out before that counts as failure.
    static let longestSkip = 10
    /// How often the learning rate is halved before that counts as failure.
    static let mostRollbacks = 10
}

/// What a training has done so far about steps that were not finite.
public struct Recoveries: Codable, Sendable, Equatable {
    /// The steps that were left out.
    public internal(set) var skippedSteps = 0
    /// How often the training went back and halved the learning rate.
    public internal(set) var rollbacks = 0

    /// What the learning rate is multiplied by.
    var rateFactor: Double { 1 / Double(1 << min(rollbacks, 62)) }
}
