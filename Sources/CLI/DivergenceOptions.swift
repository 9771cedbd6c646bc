import ArgumentParser
import NNGPU

/// What a training does about numbers that are not finite.
struct DivergenceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What to do about a step whose loss, gradient or weights are not finite: stop and name the "
                + "operation, skip the step, or go back (rollback) and halve the learning rate."))
    var onNan: NonFinitePolicy = .stop

    @Option(
        help: ArgumentHelp(
            "Every how many steps the device is compared with the reference on a sample.",
            valueName: "steps"))
    var audit: Int?

    func validate() throws {
        if let audit, audit < 1 { throw ValidationError("--audit \(audit) is not positive.") }
    }
}

extension NonFinitePolicy: ExpressibleByArgument {}

extension Recoveries {
    /// What was done, in words; empty if nothing was.
    var words: String {
        (skippedSteps > 0 ? ", \(skippedSteps.grouped) steps skipped" : "")
            + (rollbacks > 0 ? ", learning rate halved \(rollbacks) times" : "")
    }
}
