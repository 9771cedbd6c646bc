import Foundation
import NNGPU

/// Shows on the user's own model, data and device that a resumed training takes the same steps.
struct ResumeCheck {
    let options: TrainingOptions
    let dataset: Dataset
    /// Makes a trainer at its first step.
    let makeTrainer: () throws -> Trainer

    /// How a check ended.
    struct Outcome: Encodable {
        let steps: Int
        let interruptedAfter: Int
        let bytes: Int
        let isIdentical: Bool
    }

    /// Trains once straight through, once with a stop at half of the way and a file in between.
    func run() throws -> Outcome {
        let half = 25
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(atPath: folder) }

        let whole = try makeTrainer()
        try whole.fit(dataset, options: trained(to: 2 * half))

        let first = try makeTrainer()
        try first.fit(
            dataset, options: trained(to: 2 * half),
            checkpoints: CheckpointFolder(path: folder),
            shouldStop: { first.step == half })

        let second = try makeTrainer()
        let checkpoints = try CheckpointFolder(path: folder)
        guard let checkpoint = try checkpoints.newest().checkpoint else {
            throw CheckpointError.notACheckpoint
        }
        try second.restore(checkpoint)
        try second.fit(dataset, options: trained(to: 2 * half), checkpoints: checkpoints)

        let (expected, found) = (try whole.checkpoint().tensors, try second.checkpoint().tensors)
        return Outcome(
            steps: 2 * half, interruptedAfter: checkpoint.record.step,
            bytes: expected.reduce(0) { $0 + $1.bytes.count }, isIdentical: expected == found)
    }

    private func trained(to step: Int) -> TrainingOptions {
        var options = options
        options.length = .steps(step)
        options.patience = nil
        options.checkpointInterval = .max
        return options
    }
}
