import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import Testing

/// A loss of one's own goes through everything that those of the library go through.
@Suite struct OwnLossTests {
    private struct LogCosh: Loss, Equatable {
        var scale = 1.0

        func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
            let error = try (outputs - targets) * scale
            return LossTerms(try error + softplus(error * -2) - 0.6931471805599453)
        }
    }

    private func trainer(_ loss: some Loss) throws -> Trainer {
        try Trainer(
            model: Sequential {
                Linear(2, 4); Tanh(); Linear(4, 1)
            }, inputShape: [2], loss: loss,
            optimizer: Adam(), learningRate: 0.01, seed: 1, backend: ReferenceBackend<Float>())
    }

    private func data(bad: Bool = false) throws -> Dataset {
        let moons = try GeneratedData.moons.split(seed: 1).train
        var features = Array(moons.features)
        if bad { features[100] = .nan }
        return try Dataset(
            name: "moons", features: features, sampleShape: [2], targets: moons.targets,
            targetWidth: 1)
    }

    private func options(_ policy: NonFinitePolicy = .stop) -> TrainingOptions {
        TrainingOptions(
            length: .steps(40), batchSize: 25, onNonFinite: policy, auditInterval: 10)
    }

    @Test func itTrainsUnderAudit() throws {
        let trainer = try trainer(LogCosh())
        let before = try trainer.evaluate(data()).loss
        try trainer.fit(data(), options: options())
        #expect(try trainer.evaluate(data()).loss < before / 2)
    }

    @Test func itsNaNIsFound() throws {
        let trainer = try trainer(LogCosh())
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(data(bad: true), options: options())
        }
        #expect(error?.description.contains("gives numbers that are not finite") == true)
    }

    @Test func itIsSavedAndKnownAgain() throws {
        let saved = try trainer(LogCosh(scale: 0.5)).parameters()
        let known = try ModelDescription(of: saved, ownLosses: [LogCosh.self])
        #expect(known.task.loss as? LogCosh == LogCosh(scale: 0.5))
        // Without it the model can be applied all the same, and is not judged by another loss.
        let unknown = try ModelDescription(of: saved)
        #expect(try unknown.json().contains(#""type":"LogCosh""#))
        let predictor = try Predictor(saved, on: ReferenceBackend<Float>())
        #expect(try predictor.predict([1, 2]).count == 1)
        #expect(throws: LossError.unknown("LogCosh")) {
            try TrainingGraphs(unknown.network, task: unknown.task, optimizer: SGD())
        }
    }

    @Test func itsCheckpointGoesOn() throws {
        let whole = try trainer(LogCosh())
        try whole.fit(data(), options: options())
        let first = try trainer(LogCosh())
        var half = options()
        half.length = .steps(17)
        try first.fit(data(), options: half)
        let second = try trainer(LogCosh())
        try second.restore(Checkpoint(data: first.checkpoint().encoded()))
        try second.fit(data(), options: options())
        #expect(try second.parameters().tensors == whole.parameters().tensors)
    }
}
