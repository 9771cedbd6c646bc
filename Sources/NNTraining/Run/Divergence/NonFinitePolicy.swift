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
