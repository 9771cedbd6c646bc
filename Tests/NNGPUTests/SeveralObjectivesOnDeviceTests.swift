import NNGPU
import TestSupport
import Testing

/// Models of several inputs and outputs, on a device.
@Suite struct SeveralObjectivesOnDeviceTests {
    /// Steps, undivided and in parts, against the reference in double precision.
    @Test(arguments: OnDevice.forms, [1, 4])
    func stepsAreThoseOfTheReference(form: KernelForm, partCount: Int) throws {
        let data = try TwoHeads.data()
        func trained(_ backend: any Backend) throws -> (parameters: [Double], Evaluation) {
            let trainer = try Trainer(
                TwoHeads.network(), task: TwoHeads.task(), optimizer: SGD(momentum: 0.9),
                learningRate: 0.05, clipNorm: 5, seed: 3, backend: backend)
            var options = TrainingOptions(length: .steps(10), batchSize: 16)
            options.partCount = partCount
            try trainer.fit(data, options: options)
            return try (
                trainer.parameters().tensors.flatMap { $0.doubles() }, trainer.evaluate(data)
            )
        }
        let (parameters, evaluation) = try trained(OnDevice.backend(form))
        let (expected, reference) = try trained(ReferenceBackend<Double>())
        #expect(parameters.count == 20 + 64 + 27 + 9)
        // Ten steps of sums of at most 24 numbers around 1, in single precision.
        for (a, b) in zip(parameters, expected) { #expect(abs(a - b) < 1e-5) }
        #expect(evaluation.metrics.map(\.name) == reference.metrics.map(\.name))
        for (a, b) in zip(evaluation.metrics, reference.metrics) {
            #expect(abs(a.value - b.value) < 1e-5)
        }
    }
}
