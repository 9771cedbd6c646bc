import NNFiles
import NNGraph
import NNReference
import NNModel
import NNTraining
import TestSupport
import Testing

@Suite struct TrainerTests {
    private func trainer(
        hidden: [Int] = [8], dropout: Double = 0, optimizer: any Optimizer = Adam(),
        learningRate: Double = 0.02, seed: UInt64 = 1,
        backend: any Backend = ReferenceBackend<Float>()
    ) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: hidden, outputs: 1, activation: .tanh, dropout: dropout),
            inputShape: [2], loss: .binaryCrossEntropy, optimizer: optimizer,
            learningRate: learningRate, seed: seed, backend: backend)
    }

    /// Ten samples on a line, so that a batch of 4 leaves 2.
    private func small() throws -> Dataset {
        let features = (0..<20).map { Float($0) / 10 - 1 }
        return try Dataset(
            name: "small", features: features, sampleShape: [2],
            targets: (0..<10).map { $0 < 6 ? 0 : 1 }, targetWidth: 1)
    }

    @Test func theLastBatchCountsByItsSamples() throws {
        let data = try small()
        // With a learning rate of 0, every batch sees the same parameters.
        let trainer = try trainer(learningRate: 0, backend: ReferenceBackend<Double>())
        let whole = try trainer.evaluate(data)
        var reports: [TrainingProgress] = []
        try trainer.fit(data, options: TrainingOptions(length: .epochs(1), batchSize: 4)) {
            reports.append($0)
        }
        #expect(reports.count == 1)
        let epoch = try #require(reports.last?.epochSoFar)
        #expect(epoch.count == 10)
        #expect(abs(epoch.loss - whole.loss) < 1e-15)
        #expect(epoch.accuracy == whole.accuracy)
        #expect(try abs(trainer.evaluate(data, batchSize: 3).loss - whole.loss) < 1e-15)
        let one = try trainer.predict(Array(data.features.prefix(data.featureCount)))
        #expect(try one == Array(trainer.predict(data.features).prefix(one.count)))
    }

    /// Lengths count from the first step of all: what has no step left is a mistake, and a longer one goes on.
    @Test func aSecondTrainingThatHasNoStepsLeftIsRefused() throws {
        let data = try small()
        let twice = try trainer()
        let options = { TrainingOptions(length: .epochs($0), batchSize: 4, isShuffled: false) }
        try twice.fit(data, options: options(2))
        #expect(throws: TrainingError.alreadyThere(step: 6, end: 6)) {
            try twice.fit(data, options: options(2))
        }
        #expect(throws: TrainingError.alreadyThere(step: 6, end: 5)) {
            try twice.fit(data, options: TrainingOptions(length: .steps(5), batchSize: 4))
        }
        let end = try twice.fit(data, options: options(4)).step
        let whole = try trainer()
        try whole.fit(data, options: options(4))
        #expect(try end == 12 && twice.parameters() == whole.parameters())
    }

    @Test func theLastBatchsGradientIsTheMeanOverItsOwnSamples() throws {
        let data = try small()
        let rest = try Dataset(
            name: "rest", features: Array(data.features.suffix(4)), sampleShape: [2],
            targets: Array(data.targets.suffix(2)), targetWidth: 1)
        let whole = try trainer(optimizer: SGD())
        var before = try whole.parameters()
        try whole.fit(
            data,
            options: TrainingOptions(
                length: .epochs(1), batchSize: 4, isShuffled: false, lossInterval: 1)
        ) { if $0.step == 2 { before = try whole.parameters() } }
        let alone = try trainer(optimizer: SGD())
        try alone.load(before)
        try alone.fit(
            rest, options: TrainingOptions(length: .steps(1), batchSize: 2, isShuffled: false))
        #expect(try alone.parameters() == whole.parameters())
    }

    @Test(arguments: [true, false])
    func anEpochTakesEverySampleOnce(isShuffled: Bool) throws {
        // Each sample has a feature of its own, so its weight tells how often it was taken: a step
        // of 0.25 along the gradient of (w − 1)² halves the distance to 1.
        let n = 7
        let features = (0..<n * n).map { Float($0 % (n + 1) == 0 ? 1 : 0) }
        let data = try Dataset(
            name: "unit", features: features, sampleShape: [n],
            targets: [Float](repeating: 1, count: n), targetWidth: 1)
        let trainer = try Trainer(
            model: Sequential { Linear(n, 1, bias: false, initializer: .zeros) }, inputShape: [n],
            loss: .meanSquaredError, optimizer: SGD(), learningRate: 0.25,
            backend: ReferenceBackend<Double>())
        var seen: [[Float]] = []
        try trainer.fit(
            data,
            options: TrainingOptions(
                length: .epochs(2), batchSize: 1, isShuffled: isShuffled, lossInterval: 1)
        ) { _ in seen.append(try trainer.parameters().tensor("0.weight").floats()) }
        #expect(seen[n - 1] == [Float](repeating: 0.5, count: n))
        #expect(seen[2 * n - 1] == [Float](repeating: 0.75, count: n))
        let inOrder = (0..<n).allSatisfy { step in
            seen[step].map { $0 != 0 } == (0..<n).map { $0 <= step }
        }
        #expect(inOrder != isShuffled)
    }

    @Test func aSeedDecidesEveryBit() throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        func train(_ seed: UInt64) throws -> Safetensors {
            let trainer = try trainer(dropout: 0.2, seed: seed)
            try trainer.fit(data, options: TrainingOptions(length: .steps(30), batchSize: 48))
            return try trainer.parameters()
        }
        let first = try train(1)
        #expect(try train(1) == first)
        #expect(try train(2) != first)
    }

    @Test func aTrainingGoesOnFromACheckpointBitByBit() throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        func options(_ steps: Int) -> TrainingOptions {
            TrainingOptions(length: .steps(steps), batchSize: 300)
        }
        let whole = try trainer(dropout: 0.2)
        try whole.fit(data, options: options(11))
        let first = try trainer(dropout: 0.2)
        // Step 6 is in the middle of the second epoch.
        try first.fit(data, options: options(6))
        let bytes = try first.checkpoint().encoded()
        let second = try trainer(dropout: 0.2)
        try second.restore(Checkpoint(data: bytes))
        #expect(second.step == 6)
        try second.fit(data, options: options(11))
        #expect(try second.parameters() == whole.parameters())
        #expect(try second.checkpoint() == whole.checkpoint())
        #expect(throws: CheckpointError.part("parameters")) {
            try trainer(hidden: [9]).restore(Checkpoint(data: bytes))
        }
        #expect(throws: CheckpointError.part("optimizer.square_avg")) {
            try trainer(optimizer: RMSprop()).restore(Checkpoint(data: bytes))
        }
    }

    @Test func dropoutIsOffOutsideOfTraining() throws {
        let data = try small()
        let with = try trainer(dropout: 0.5)
        let without = try trainer()
        #expect(try with.evaluate(data) == with.evaluate(data))
        // The layers are numbered differently, the values of the parameters are the same.
        #expect(try with.predict(data.features) == without.predict(data.features))
    }

    @Test func earlyStoppingRestoresTheBestEpoch() throws {
        let train = try small()
        // Validating on the opposite of what is learned makes every epoch worse than the first.
        let opposite = try Dataset(
            name: "opposite", features: train.features, sampleShape: [2],
            targets: train.targets.map { 1 - $0 }, targetWidth: 1)
        let trainer = try trainer(learningRate: 0.1)
        var parameters: [Safetensors] = []
        var losses: [Double] = []
        let result = try trainer.fit(
            train, validation: opposite,
            options: TrainingOptions(length: .epochs(50), batchSize: 4, patience: 3)
        ) {
            parameters.append(try trainer.parameters())
            losses.append(try #require($0.validation).loss)
        }
        let best = try #require(result.bestEpoch)
        #expect(result.ending == .stoppedEarly)
        #expect(losses.count == best + 3 && losses.count < 50)
        #expect(losses.min() == losses[best - 1])
        #expect(try trainer.parameters() == parameters[best - 1])
        #expect(try trainer.evaluate(opposite, batchSize: 4).loss == losses[best - 1])
    }

    @Test func aTrainingThatIsAskedToStopsAfterItsStep() throws {
        let data = try small()
        var asked = 0
        let trainer = try trainer()
        let result = try trainer.fit(
            data, options: TrainingOptions(length: .epochs(5), batchSize: 4),
            shouldStop: {
                asked += 1
                return asked > 4
            })
        #expect(result.ending == .interrupted)
        #expect(result.step == 4 && trainer.step == 4)
        #expect(result.progress?.step == 3)
    }

    @Test func aLossThatIsNoLongerFiniteIsNamed() throws {
        let data = try GeneratedData.sine.split(seed: 1).train
        let trainer = try Trainer(
            model: Sequential {
                Linear(1, 4); Linear(4, 1)
            }, inputShape: [1],
            loss: .meanSquaredError, optimizer: SGD(), learningRate: 1e6,
            backend: ReferenceBackend<Float>())
        let error = #expect(throws: TrainingError.self) {
            try trainer.fit(
                data, options: TrainingOptions(length: .epochs(2), batchSize: 100, lossInterval: 3))
        }
        guard case .diverged(let divergence)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(divergence.epoch == 1)
        #expect(divergence.source?.number != nil)
        // The parameters are those before the step.
        #expect(trainer.step == divergence.step - 1)
        #expect(throws: Never.self) { try trainer.parameters() }
    }

    @Test func reportsTellWhereTheTrainingIs() throws {
        let trainer = try trainer(learningRate: 0.1)
        var reports: [TrainingProgress] = []
        try trainer.fit(
            small(), validation: small(),
            options: TrainingOptions(length: .steps(8), batchSize: 4, lossInterval: 2)
        ) { reports.append($0) }
        #expect(reports.map(\.step) == [2, 3, 4, 6, 8])
        #expect(reports.map(\.epoch) == [1, 1, 2, 2, 3])
        #expect(reports.map(\.stepInEpoch) == [2, 3, 1, 3, 2])
        #expect(reports.map(\.recent.count) == [8, 2, 4, 6, 8])
        #expect(reports.map(\.epochSoFar.count) == [8, 10, 4, 10, 8])
        #expect(reports.map { $0.validation != nil } == [false, true, false, true, true])
        #expect(reports.allSatisfy { $0.stepsPerEpoch == 3 && $0.lastStep == 8 })
        #expect(reports.allSatisfy { $0.samplesPerSecond > 0 && $0.learningRate == 0.1 })
    }

    @Test func settingsThatLeadNowhereAreRefused() throws {
        let data = try small()
        #expect(throws: TrainingError.learningRate(-1)) { try trainer(learningRate: -1) }
        #expect(throws: TrainingError.patienceWithoutValidation) {
            try trainer().fit(data, options: TrainingOptions(patience: 1))
        }
        for options in [
            TrainingOptions(length: .epochs(0)), TrainingOptions(length: .steps(-1)),
            TrainingOptions(batchSize: 0), TrainingOptions(lossInterval: 0),
        ] {
            #expect(throws: TrainingError.self) { try trainer().fit(data, options: options) }
        }
        let wide = try Dataset(
            name: "wide", features: [1, 2, 3], sampleShape: [3], targets: [1], targetWidth: 1)
        expectDataError(saying: "wide has 3 features a sample and the model takes 2: use the data")
        {
            try trainer().fit(wide)
        }
        #expect(throws: TrainingError.partialSample(input: "features", count: 3, sampleSize: 2)) {
            try trainer().predict([1, 2, 3])
        }
    }
}
