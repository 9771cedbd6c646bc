import NNGraph
import NNModel
import NNReference
import NNTraining
import Synchronization
import Testing

/// Training beside other tasks, of which there may be more than threads.
@Suite struct ConcurrencyTests {
    private static func trainer() throws -> Trainer {
        try Trainer(
            model: Sequential { Linear(2, 1) }, inputShape: [2], loss: .meanSquaredError,
            optimizer: SGD(), learningRate: 0.1, backend: ReferenceBackend<Float>())
    }

    private static func data() throws -> Dataset {
        try Dataset(
            name: "eight", features: (0..<16).map { Float($0) / 16 }, sampleShape: [2],
            targets: (0..<8).map { Float($0) / 8 }, targetWidth: 1)
    }

    private static func options(_ steps: Int) -> TrainingOptions {
        TrainingOptions(length: .steps(steps), batchSize: 4)
    }

    @Test func bothWaysTakeTheSameSteps() async throws {
        let (first, second) = try (Self.trainer(), Self.trainer())
        func waiting() throws -> TrainingResult {
            try first.fit(Self.data(), options: Self.options(21))
        }
        let result = try waiting()
        #expect(try await second.fit(Self.data(), options: Self.options(21)).step == result.step)
        #expect(try first.parameters() == second.parameters())
    }

    /// A training on the main actor takes turns with what else is to be done there.
    @MainActor @Test func othersGetTheirTurn() async throws {
        let trainer = try Self.trainer()
        var turns = 0
        let other = Task { @MainActor in
            while !Task.isCancelled {
                turns += 1
                await Task.yield()
            }
        }
        try await trainer.fit(Self.data(), options: Self.options(200))
        other.cancel()
        #expect(turns >= 50)
    }

    @Test func aCancelledTaskStopsWhereItIs() async throws {
        let started = Mutex(false)
        let task = Task {
            let trainer = try Self.trainer()
            let result = try await trainer.fit(
                Self.data(), options: Self.options(10_000_000),
                report: { _ in started.withLock { $0 = true } })
            return (result.ending, result.step, trainer.step)
        }
        while !started.withLock(\.self) { await Task.yield() }
        task.cancel()
        let (ending, step, reached) = try await task.value
        #expect(ending == .interrupted)
        #expect(step == reached && step < 10_000_000)
    }
}
