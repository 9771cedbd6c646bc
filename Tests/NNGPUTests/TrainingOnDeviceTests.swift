import NNGPU
import Testing

@testable import NNOpenCL

/// What training on a device promises besides right numbers.
@Suite(.serialized) struct TrainingOnDeviceTests {
    private func trainer(_ backend: any Backend, seed: UInt64 = 3) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [33, 17], outputs: 2, dropout: 0.1),
            inputShape: [2], loss: .crossEntropy, optimizer: Adam(), learningRate: 0.01,
            clipNorm: 1, seed: seed, backend: backend)
    }

    /// 1000 samples in batches of 96: ten full ones and one of 40.
    private let options = TrainingOptions(length: .epochs(3), batchSize: 96, lossInterval: 100)

    @Test(arguments: OnDevice.forms)
    func theSameSeedGivesTheSameBits(form: KernelForm) throws {
        let data = try GeneratedData.moons.split(seed: 5).train
        let runs = try (0..<2).map { _ in
            let trainer = try trainer(OpenCLBackend(Device.at(0), form: form))
            try trainer.fit(data, options: options)
            return try trainer.parameters().encoded()
        }
        #expect(runs[0] == runs[1])
        let other = try trainer(OpenCLBackend(Device.at(0), form: form), seed: 4)
        try other.fit(data, options: options)
        #expect(try other.parameters().encoded() != runs[0])
    }

    /// Bar: between two reads of the loss there is nothing but enqueueing.
    @Test(arguments: OnDevice.forms)
    func aSteadyStepNeitherAllocatesNorWaits(form: KernelForm) throws {
        let backend = try OpenCLBackend(Device.at(0), form: form)
        let trainer = try trainer(backend)
        let data = try GeneratedData.moons.split(seed: 5).train
        // 50 steps an epoch without a rest; the loss is read at steps 20 and 40 of the first, and
        // at the end, a step later, the parameters are looked at as well.
        let options = TrainingOptions(length: .steps(41), batchSize: 20, lossInterval: 20)
        var readings: [Statistics] = []
        try trainer.fit(data, options: options) { _ in readings.append(backend.statistics) }
        try #require(readings.count == 3)
        #expect(readings[1].deviceAllocations == readings[0].deviceAllocations)
        // The one blocking call of twenty steps is the read of the loss.
        #expect(readings[1].blockingCalls == readings[0].blockingCalls + 1)
        #expect((readings[1].launches - readings[0].launches) % 20 == 0)
        #expect(readings[1].launches > readings[0].launches)
    }

    @Test func theDeviceLearnsWhatTheReferenceLearns() throws {
        let split = try GeneratedData.moons.split(seed: 5)
        let backends: [any Backend] =
            try [ReferenceBackend<Double>()]
            + OnDevice.forms.map(OnDevice.backend)
        let evaluations = try backends.map { backend in
            let trainer = try trainer(backend)
            try trainer.fit(split.train, options: options)
            return try trainer.evaluate(split.train)
        }
        for evaluation in evaluations {
            // Dropout draws the same units everywhere, so the runs differ by rounding alone.
            #expect(abs(evaluation.loss - evaluations[0].loss) < 1e-4)
        }
        #expect((evaluations[0].accuracy ?? 0) > 0.85)
    }

    /// Whether features are bytes or the numbers that these stand for changes no bit.
    @Test func bytesTrainAsTheirNumbersDo() throws {
        let backends: [any Backend] =
            try [ReferenceBackend<Double>(), ReferenceBackend<Float>()]
            + OnDevice.forms.map(OnDevice.backend)
        let pixels = Features.unorm8((0..<2000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) })
        for backend in backends {
            let runs = try [pixels, .floats(Array(pixels))].map { features in
                let data = try Dataset(
                    name: "pixels", features: features, sampleShape: [2],
                    targets: (0..<1000).map { Float($0 % 2) }, targetWidth: 1)
                let trainer = try trainer(backend)
                try trainer.fit(data, options: options)
                return (
                    try trainer.parameters().encoded(), try trainer.evaluate(data, batchSize: 300),
                    try trainer.predict(data.features)
                )
            }
            #expect(runs[0] == runs[1], "\(backend.name)")
        }
    }

    /// In a process of its own, where no other test makes or releases anything.
    @Test(.enabled(if: !OnDevice.forms.isEmpty))
    func nothingOfATrainingOutlivesItsBackend() async {
        await #expect(processExitsWith: .success) {
            func count() -> [Int] { LiveObjects.Kind.allCases.map { LiveObjects.count(of: $0) } }
            func train() throws {
                let trainer = try Trainer(
                    model: .multilayerPerceptron(inputs: 2, hidden: [33], outputs: 2),
                    inputShape: [2], loss: .crossEntropy, optimizer: Adam(),
                    learningRate: 0.01, backend: OpenCLBackend(Device.at(0)))
                let split = try GeneratedData.moons.split(seed: 5)
                try trainer.fit(
                    split.train, validation: split.test,
                    options: TrainingOptions(length: .epochs(2), batchSize: 96)
                ) { _ in
                    // The counters do count: there are the steps of two sizes and an evaluation.
                    #expect(LiveObjects.count(of: .kernel) > 2)
                }
                _ = try trainer.predict([0.5, 0.5])
            }
            let before = count()
            try train()
            #expect(count() == before)
        }
    }
}
