import Foundation
import NNGraph
import NNReference
import NNModel
import NNTraining
import Synchronization
import TestSupport
import Testing

@Suite struct TrainingObserverTests {
    /// Keeps all that it is told.
    private final class Witness: TrainingObserver {
        struct Refusal: Error {}
        let seen = Mutex<[TrainingActivity]>([])
        private let refused: TrainingActivity?

        init(refusing refused: TrainingActivity? = nil) { self.refused = refused }

        func note(
            _ activity: TrainingActivity, from start: ContinuousClock.Instant,
            to end: ContinuousClock.Instant
        ) throws {
            #expect(start <= end)
            seen.withLock { $0.append(activity) }
            if activity == refused { throw Refusal() }
        }
    }

    private let data: Dataset
    private let options = TrainingOptions(length: .steps(4), batchSize: 500, lossInterval: 3)

    init() throws { data = try GeneratedData.moons.split(seed: 1).train }

    private func trainer(_ optimizer: any Optimizer = Adam()) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [4], outputs: 2), inputShape: [2],
            loss: .crossEntropy, optimizer: optimizer, learningRate: 1,
            backend: ReferenceBackend<Double>())
    }

    @Test func everythingIsToldInItsOrder() throws {
        let folder = try TemporaryFolder()
        let witness = Witness()
        try trainer().fit(
            data, validation: data, options: options,
            checkpoints: CheckpointFolder(path: folder.path), observer: witness)
        // What is part of another thing ends before it; the disk has a thread of its own.
        let seen = witness.seen.withLock { $0 }
        #expect(
            seen.filter { $0 != .checkpoint(step: 2) && $0 != .checkpoint(step: 4) } == [
                .order(epoch: 1), .batch(step: 1), .step(1), .batch(step: 2), .step(2),
                .losses(step: 2), .evaluation(step: 2), .snapshot(step: 2), .order(epoch: 2),
                .batch(step: 3), .step(3), .losses(step: 3), .batch(step: 4), .step(4),
                .losses(step: 4), .evaluation(step: 4), .snapshot(step: 4),
            ])
        #expect(seen.contains(.checkpoint(step: 2)) && seen.contains(.checkpoint(step: 4)))
    }

    @Test func whatItThrowsEndsTheTraining() throws {
        let trainer = try trainer()
        #expect(throws: Witness.Refusal.self) {
            try trainer.fit(data, options: options, observer: Witness(refusing: .step(2)))
        }
        #expect(trainer.step == 2)
    }

    /// Plain descent moves the weights by the rate, which is 1, times the gradient.
    @Test func aProbeMeasuresTheGradientOfAStep() throws {
        let trainer = try trainer(SGD())
        let probe = try GradientProbe(of: trainer, on: data, sampleCount: data.count)
        let gradient = try probe.measure()
        let before = try trainer.parameters().tensors.flatMap { $0.doubles() }
        try trainer.fit(data, options: TrainingOptions(length: .steps(1), batchSize: data.count))
        let after = try trainer.parameters().tensors.flatMap { $0.doubles() }
        #expect(gradient.count == before.count && gradient.contains { $0 != 0 })
        for (index, slope) in gradient.enumerated() {
            // The weights are read in single precision, and are of the order of 1.
            #expect(Swift.abs(before[index] - after[index] - Double(slope)) < 4 * 0x1p-24)
        }
    }
}
