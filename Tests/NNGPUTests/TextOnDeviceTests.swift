import NNGPU
import TestSupport
import Testing

/// Models of language on a device.
@Suite struct TextOnDeviceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Every gradient against finite differences and against the reference.
    @Test(arguments: OnDevice.forms)
    func gradientsAreWithinTheirBounds(form: KernelForm) throws {
        let data = try TextTraining.split(in: folder, tokenizer: .characters).train
        let check = try GradientCheck(
            of: TextTraining.network(for: data), task: TrainingTask(CrossEntropy()),
            on: OnDevice.backend(form), batchSize: 3, samples: 4, seed: 1)
        #expect(check.passes, "\(check.rows.filter { !$0.passes })")
        #expect(check.rows.count == 28)
    }

    /// The losses of the reference, and the same bits in a second run and with a checkpoint in between.
    @Test(arguments: OnDevice.forms)
    func trainingsAgreeWithTheReference(form: KernelForm) throws {
        let data = try TextTraining.split(in: folder, tokenizer: .characters)
        let network = TextTraining.network(for: data.train, dropout: 0.1)
        func trained(
            on backend: any Backend, stop: Int? = nil
        ) throws -> (loss: Double, weights: Safetensors) {
            func options(_ steps: Int) -> TrainingOptions {
                TrainingOptions(length: .steps(steps), batchSize: 9)
            }
            var trainer = try TextTraining.trainer(network, on: backend)
            if let stop {
                try trainer.fit(data.train, options: options(stop))
                let checkpoint = try trainer.checkpoint()
                trainer = try TextTraining.trainer(network, on: backend)
                try trainer.restore(checkpoint)
            }
            try trainer.fit(data.train, options: options(12))
            let validation = try trainer.evaluate(data.validation ?? data.train)
            return (validation.loss, try trainer.parameters())
        }
        let reference = try trained(on: ReferenceBackend<Float>())
        let backend = try OnDevice.backend(form)
        let first = try trained(on: backend)
        #expect(abs(first.loss - reference.loss) < 1e-3)
        #expect(try trained(on: backend).weights == first.weights)
        #expect(try trained(on: backend, stop: 5).weights == first.weights)
    }

    @Test(arguments: OnDevice.forms)
    func textsAreWritten(form: KernelForm) throws {
        let data = try TextTraining.split(in: folder, tokenizer: .characters)
        let network = TextTraining.network(for: data.train)
        let backend = try OnDevice.backend(form)
        let trainer = try TextTraining.trainer(network, on: backend)
        try trainer.fit(
            data.train, options: TrainingOptions(length: .steps(250), batchSize: 16))
        let parameters = try ParameterStore(of: network, on: backend)
        try parameters.load(trainer.parameters())
        var written: [UInt8] = []
        try TextGenerator(network, parameters).write(
            after: "the qu", count: 40, TokenSampling(temperature: 0)
        ) {
            written += $0
            return true
        }
        #expect("the qu" + String(decoding: written, as: UTF8.self) == TextTraining.text.prefix(46))
    }
}
