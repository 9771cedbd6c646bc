/// What a training has done so far about steps that were not finite.
public struct Recoveries: Codable, Sendable, Equatable {
    /// The steps that were left out.
    public internal(set) var skippedSteps = 0
    /// How often the training went back and halved the learning rate.
    public internal(set) var rollbacks = 0

    /// What the learning rate is multiplied by.
    var rateFactor: Double { 1 / Double(1 << min(rollbacks, 62)) }
}
