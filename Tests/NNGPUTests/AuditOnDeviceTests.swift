import NNGPU
import TestSupport
import Testing

/// What an audit notices where a device's own kernels begin to compute something else.
@Suite struct AuditOnDeviceTests {
    @Test(arguments: OnDevice.forms, SpoiledOperation.allCases)
    func kernelsThatBeginToComputeWronglyAreNoticed(
        form: KernelForm, operation: SpoiledOperation
    ) throws {
        let backend = SpoiledBackend(try OnDevice.backend(form), spoiling: operation.spoil)
        let trainer = try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [16, 8], outputs: 2, activation: .tanh, dropout: 0.1),
            inputShape: [2], loss: .crossEntropy, optimizer: Adam(), learningRate: 0.01,
            backend: backend)
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(
                GeneratedData.moons.split(seed: 1).train,
                options: TrainingOptions(length: .steps(20), batchSize: 32, auditInterval: 3),
                shouldStop: {
                    backend.isWrong = trainer.step >= 8
                    return false
                })
        }
        guard case .audit(let step, let quantity, _, _, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(step == 9)
        #expect(quantity == operation.firstWrongQuantity)
    }
}
