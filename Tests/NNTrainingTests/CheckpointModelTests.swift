import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining
import TestSupport
import Testing

/// Checkpoints in the place of saved models, and what may change between two parts of a training.
@Suite struct CheckpointModelTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let network = Network(
        Sequential([Linear(2, 4), Tanh(), Linear(4, 2)]), inputShape: [2])

    private func trainer(
        optimizer: any Optimizer = Adam(), groups: [ParameterGroup] = [], frozen: [String] = [],
        rate: Double = 0.05, schedule: LearningRateSchedule = .constant,
        backend: any Backend = ReferenceBackend<Float>()
    ) throws -> Trainer {
        try Trainer(
            Self.network, task: TrainingTask(.crossEntropy), optimizer: optimizer, groups: groups,
            frozen: frozen, learningRate: rate, schedule: schedule, seed: 3, backend: backend)
    }

    private func options(_ steps: Int) -> TrainingOptions {
        TrainingOptions(length: .steps(steps), batchSize: 500)
    }

    private func checkpoint(of trainer: Trainer, steps: Int = 4) throws -> Checkpoint {
        let folder = try CheckpointFolder(
            path: folder.url.appending(path: UUID().uuidString).path)
        try trainer.fit(
            GeneratedData.moons.split(seed: 1).train, options: options(steps), checkpoints: folder)
        try folder.finish()
        return try #require(folder.newest().checkpoint)
    }

    /// However the parameters lie in the checkpoint's vectors.
    @Test(arguments: [0, 1, 2, 3])
    func theWeightsAreThoseOfTheTrainer(arrangement: Int) throws {
        let trainer =
            switch arrangement {
            case 0: try trainer()
            case 1: try trainer(frozen: ["0.*"])
            case 2:
                try trainer(
                    groups: [ParameterGroup("*.weight", learningRateFactor: 0.5)],
                    frozen: ["2.bias"])
            default: try trainer(backend: ReferenceBackend<Double>())
            }
        let checkpoint = try checkpoint(of: trainer)
        let (found, expected) = (try checkpoint.savedModel(), try trainer.parameters())
        #expect(found == expected)
        // As a file, it is read wherever a saved model is.
        let file = try Safetensors(data: checkpoint.encoded())
        let backend = ReferenceBackend<Float>()
        let predictor = try Predictor(file, on: backend)
        let other = try Predictor(expected, on: backend)
        #expect(try predictor.predict([0.5, 1]) == other.predict([0.5, 1]))
        let loaded = try self.trainer()
        try loaded.load(file)
        #expect(try loaded.parameters() == expected)
        #expect(try file.savedModel() == expected && expected.savedModel() == expected)
    }

    @Test func aCheckpointOfAnotherModelDoesNotFit() throws {
        let file = try Safetensors(data: checkpoint(of: trainer()).encoded())
        let other = try Trainer(
            model: Linear(2, 2), inputShape: [2], loss: .crossEntropy, optimizer: SGD(),
            learningRate: 1, backend: ReferenceBackend<Float>())
        #expect(throws: CheckpointError.part("parameters")) { try other.load(file) }
    }

    // MARK: - What may change

    private func changes(
        from first: Trainer, to second: Trainer, steps: Int = 8
    ) throws -> [SettingChange] {
        try second.restore(checkpoint(of: first))
        return try second.changes(
            for: GeneratedData.moons.split(seed: 1).train, options: options(steps))
    }

    @Test func rateAndDecayMay() throws {
        let found = try changes(
            from: trainer(optimizer: Adam(weightDecay: .decoupled(0.25)), rate: 0.5),
            to: trainer(optimizer: Adam(weightDecay: .decoupled(0.5)), rate: 0.125))
        #expect(
            found.map(\.description) == [
                "the learning rate is 0.125 and was 0.5", "the weight decay is 0.5 and was 0.25",
            ])
        #expect(try changes(from: trainer(), to: trainer()).isEmpty)
        #expect(
            try trainer().changes(
                for: GeneratedData.moons.split(seed: 1).train, options: options(2)
            ).isEmpty)
    }

    @Test func thoseOfGroupsMayToo() throws {
        func grouped(_ decay: Double) throws -> Trainer {
            try trainer(
                groups: [ParameterGroup("*.bias", optimizer: Adam(weightDecay: .coupled(decay)))])
        }
        #expect(
            try changes(from: grouped(0.5), to: grouped(0)).map(\.description)
                == ["the weight decay is 0.0 and was 0.5"])
    }

    @Test(arguments: [
        Adam(betas: (0.9, 0.99)), Adam(epsilon: 1), Adam(weightDecay: .decoupled(0)),
    ])
    func otherNumbersMayNot(optimizer: Adam) throws {
        let error = #expect(throws: CheckpointError.self) {
            try changes(from: trainer(), to: trainer(optimizer: optimizer))
        }
        let sentence = error?.description ?? ""
        #expect(
            sentence.contains(
                "Adam(betas: (0.9, 0.999), epsilon: 1e-08, weightDecay: coupled(0.0))"))
        #expect(!sentence.contains("NNTraining") && !sentence.contains("…"), "\(sentence)")
    }

    /// Half a cosine over 4 steps has come to 0, and over 8 to half of the rate.
    @Test func aStretchedScheduleIsSaid() throws {
        func cosine() throws -> Trainer { try trainer(rate: 0.5, schedule: .cosine(minimum: 0)) }
        let found = try changes(from: cosine(), to: cosine())
        let change = try #require(found.first)
        #expect(
            change.name.contains(
                "step 5, as the schedule cosine ends with step 8 and not with step 4"))
        #expect(abs((Double(change.now) ?? 0) - 0.25) < 1e-12 && change.then == "0.0")
        // A step's rate that does not depend on the length stays.
        func stepped() throws -> Trainer {
            try trainer(schedule: .step(size: 2, gamma: 0.5))
        }
        #expect(try changes(from: stepped(), to: stepped()).isEmpty)
    }
}
