import NNGraph
import NNModel
import NNTraining

/// Trainings that are the same to the bit wherever their samples are.
package enum StreamedTraining {
    /// Pictures of three classes, with more samples than batches divide.
    package static func data(_ count: Int = 45) throws -> Dataset {
        let pixels = (0..<count * 30).map { UInt8(truncatingIfNeeded: $0 * $0 * 31 + $0 / 7) }
        return try Dataset(
            name: "pictures", features: .unorm8(pixels), sampleShape: [1, 6, 5],
            targets: (0..<count).map { Float($0 % 3) }, targetWidth: 1)
    }

    /// A small convolutional network with random numbers of every kind.
    package static func trainer(on backend: any Backend) throws -> Trainer {
        try Trainer(
            model: Sequential {
                Conv2d(1, 3, kernel: 3)
                ReLU()
                Flatten()
                Dropout(rate: 0.2)
                Linear(36, 3)
            }, inputShape: [1, 6, 5], loss: CrossEntropy(), optimizer: Adam(), learningRate: 0.01,
            seed: 3, augmentation: Augmentation(flip: true, crop: 1), backend: backend)
    }

    /// What a training with these samples ends with: all states, and what was reported.
    package static func outcome(
        _ data: Dataset, limit: Int?, parts: Int = 1, shuffled: Bool = true, on backend: any Backend
    ) throws -> (checkpoint: Checkpoint, losses: [Double], waited: Duration?) {
        let trainer = try trainer(on: backend)
        var losses: [Double] = []
        let result = try trainer.fit(
            data, validation: data,
            options: TrainingOptions(
                length: .epochs(3), batchSize: 8, partCount: parts, isShuffled: shuffled,
                lossInterval: 2, auditInterval: 5, residentLimit: limit)
        ) {
            losses += [$0.recent.loss, $0.validation?.loss ?? 0]
        }
        return (try trainer.checkpoint(), losses, result.waitedForSamples)
    }
}
