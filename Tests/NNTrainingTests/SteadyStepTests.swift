import NNReference
import NNModel
import NNTraining
import TestSupport
import Testing

/// What a step asks of its backend once everything is compiled.
@Suite struct SteadyStepTests {
    @Test func aSteadyStepOnlyCopiesWritesLittleAndRuns() throws {
        let backend = RecordingBackend(ReferenceBackend<Float>())
        let trainer = try Trainer(
            model: .multilayerPerceptron(inputs: 2, hidden: [8], outputs: 1, dropout: 0.2),
            inputShape: [2], loss: .binaryCrossEntropy, optimizer: Adam(), learningRate: 0.02,
            backend: backend)
        var counts: [Int] = []
        // 23 steps an epoch. The loss is read at step 5, which also compiles, and at step 10;
        // at the end, a step later, the parameters are looked at as well.
        try trainer.fit(
            GeneratedData.moons.split(seed: 1).train,
            options: TrainingOptions(length: .steps(11), batchSize: 44, lossInterval: 5)
        ) { progress in
            if progress.step == 10 {
                let steps = Array(backend.calls.dropLast(2))
                let step: [RecordingBackend.Call] = [
                    .copy, .copy, .write(count: 3), .write(count: 1), .run,
                ]
                #expect(steps == Array(repeating: step, count: 5).flatMap { $0 })
                // What the report itself asks: the sums, and that they start again from zero.
                #expect(backend.calls.suffix(2) == [.read, .write(count: 2)])
            }
            counts.append(backend.calls.count)
            backend.calls = []
        }
        #expect(counts.count == 3)
    }
}
