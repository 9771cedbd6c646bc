import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import TestSupport
import Testing

/// A step whose gradient is added up over parts of its batch.
@Suite struct StepPartsTests {
    private func trainer<Scalar: ReferenceScalar>(
        _ loss: some Loss, _ scalar: Scalar.Type, dropout: Double = 0, clipNorm: Double? = nil
    ) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [8, 6], outputs: 2, activation: .gelu, dropout: dropout),
            inputShape: [2], loss: loss, optimizer: Adam(), learningRate: 0.01,
            clipNorm: clipNorm, seed: 2, backend: ReferenceBackend<Scalar>())
    }

    private func trained(
        _ trainer: Trainer, parts: Int, batchSize: Int = 128
    ) throws -> [Double] {
        try trainer.fit(
            GeneratedData.moons.split(seed: 1).train,
            options: TrainingOptions(length: .steps(6), batchSize: batchSize, partCount: parts))
        return try trainer.parameters().tensors.flatMap { $0.floats().map(Double.init) }
    }

    /// In double precision the order of additions is all that differs; after each epoch a batch is shorter.
    @Test(
        arguments: [
            CrossEntropy(), CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 5]),
            CrossEntropy(ignoredLabel: 1),
        ])
    func partsAreTheBatch(loss: CrossEntropy) throws {
        let whole = try trained(trainer(loss, Double.self, dropout: 0.3, clipNorm: 1), parts: 1)
        for parts in [2, 4, 5, 128, 1000] {
            let divided = try trained(
                trainer(loss, Double.self, dropout: 0.3, clipNorm: 1), parts: parts)
            // Weights are read in single precision.
            #expect(zip(whole, divided).allSatisfy { abs($0 - $1) <= 0x1p-22 * max(1, abs($0)) })
        }
    }

    @Test func aTrainingGoesOnWithAsManyParts() throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        func options(_ steps: Int, parts: Int) -> TrainingOptions {
            TrainingOptions(length: .steps(steps), batchSize: 64, partCount: parts)
        }
        let folder = try TemporaryFolder()
        let first = try trainer(CrossEntropy(), Float.self)
        try first.fit(
            data, options: options(3, parts: 2),
            checkpoints: CheckpointFolder(path: folder.url.path, keeping: 1))
        let checkpoint = try #require(
            CheckpointFolder(path: folder.url.path, keeping: 1).newest().checkpoint)
        let second = try trainer(CrossEntropy(), Float.self)
        try second.restore(checkpoint)
        #expect(
            throws: CheckpointError.setting(name: "the parts of a step", then: "2", now: "1")
        ) { try second.fit(data, options: options(6, parts: 1)) }
        #expect(throws: TrainingError.notPositive(option: "number of parts of a step", value: 0)) {
            try first.fit(data, options: options(6, parts: 0))
        }
    }
}
