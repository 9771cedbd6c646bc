import NNGraph
import NNReference
import TestSupport
import Testing

import NNModel
@testable import NNTraining

/// What a training with audits notices.
@Suite struct AuditTests {
    private func trainer(_ loss: some Loss, on backend: any Backend) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [16, 8], outputs: loss.meaning == .classes ? 2 : 1,
                activation: .gelu, dropout: 0.1),
            inputShape: [2], loss: loss, optimizer: Adam(), learningRate: 0.01, clipNorm: 1,
            backend: backend)
    }

    private func options(audit: Int?) -> TrainingOptions {
        TrainingOptions(length: .steps(40), batchSize: 32, auditInterval: audit)
    }

    @Test(arguments: LossName.allCases)
    func aRightDeviceIsNeverAccusedAndTrainsTheSame(name: LossName) throws {
        let loss = name.loss
        let data = try GeneratedData.moons.split(seed: 1).train
        let audited = try trainer(loss, on: ReferenceBackend<Float>())
        let target =
            name == .crossEntropy
            ? data
            : try Dataset(
                name: "moons", features: data.features, sampleShape: [2], targets: data.targets,
                targetWidth: 1)
        try audited.fit(target, options: options(audit: 1))
        let plain = try trainer(loss, on: ReferenceBackend<Float>())
        try plain.fit(target, options: options(audit: nil))
        #expect(try audited.parameters().tensors == plain.parameters().tensors)
    }

    @Test(arguments: SpoiledOperation.allCases)
    func aKernelThatBeginsToComputeWronglyIsNoticed(operation: SpoiledOperation) throws {
        let backend = SpoiledBackend(ReferenceBackend<Float>(), spoiling: operation.spoil)
        let training = try trainer(.crossEntropy, on: backend)
        let error = #expect(throws: TrainingError.self) {
            try training.fit(
                GeneratedData.moons.split(seed: 1).train, options: options(audit: 2),
                shouldStop: {
                    backend.isWrong = training.step >= 20
                    return false
                })
        }
        guard case .audit(let step, let quantity, let device, let reference, let bound)? = error
        else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(step == 22)
        #expect(quantity == operation.firstWrongQuantity)
        #expect(abs(device - reference) > bound)
        #expect(bound < 1e-3 * abs(reference))
    }

    /// What is spoiled for the audit is spoiled for the training as well.
    @Test(arguments: SpoiledOperation.allCases)
    func withoutAnAuditItTrainsOnAndToOtherWeights(operation: SpoiledOperation) throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        let runs = try [false, true].map { isWrong in
            let backend = SpoiledBackend(ReferenceBackend<Float>(), spoiling: operation.spoil)
            backend.isWrong = isWrong
            let training = try trainer(.crossEntropy, on: backend)
            try training.fit(data, options: options(audit: nil))
            return try training.parameters().tensors
        }
        #expect(runs[0] != runs[1])
    }
}
