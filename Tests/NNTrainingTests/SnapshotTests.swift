import NNGraph
import NNModel
import NNReference
import TestSupport
import Testing

@testable import NNTraining

/// What a training can go back to, and what it costs.
@Suite struct SnapshotTests {
    /// Notes the sizes of what is made on it.
    private final class Measuring: ForwardingBackend {
        var counts: [Int] = []

        override func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
            counts.append(type.shape.count)
            return try super.makeBuffer(type)
        }
    }

    private func trainer(on backend: any Backend) throws -> Trainer {
        try Trainer(
            model: Sequential { Linear(5, 6) }, inputShape: [5], loss: .meanSquaredError,
            optimizer: Adam(), learningRate: 0.1, seed: 3, backend: backend)
    }

    /// Pieces of all sizes, those that do not divide the 36 parameters too, in both precisions.
    @Test(arguments: [1, 5, 7, 36, 100])
    func aFileGivesBackWhatItWasGiven(pieceCount: Int) throws {
        for backend in [ReferenceBackend<Float>(), ReferenceBackend<Double>()] as [any Backend] {
            let state = try trainer(on: backend).state
            let storage = try #require(try FileStorage(of: state, pieceCount: pieceCount))
            func contents() throws -> [[Double]] {
                try state.persistent.map { try backend.read($0.buffer) }
            }
            func fill(from first: Double) throws {
                for (place, vector) in state.persistent.enumerated() {
                    let count = vector.buffer.type.shape.count
                    try backend.write(
                        (0..<count).map { first + Double($0 + 100 * place) }, to: vector.buffer)
                }
            }
            try fill(from: 0.25)
            let before = try contents()
            #expect(try storage.take())
            try fill(from: -7)
            #expect(try contents() != before)
            #expect(try storage.restore())
            #expect(try contents() == before)
        }
    }

    /// The parameters and Adam's two moments, 36 numbers each: once where the training ends at a bad step, and twice
    /// where it goes on.
    @Test(arguments: [(NonFinitePolicy.stop, 0), (.skip, 3), (.rollback, 3)])
    func onlyWhoGoesOnKeepsASecondState(policy: NonFinitePolicy, copies: Int) throws {
        let backend = Measuring(ReferenceBackend<Float>())
        let trainer = try trainer(on: backend)
        backend.counts = []
        let data = try Dataset(
            name: "two", features: (0..<10).map { Float($0) / 10 }, sampleShape: [5],
            targets: (0..<12).map { Float($0) / 12 }, targetWidth: 6)
        try trainer.fit(data, options: TrainingOptions(length: .steps(2), onNonFinite: policy))
        // A piece of the file may be as large as a small vector: one for all of them.
        let vectors = backend.counts.count { $0 == 36 }
        #expect(vectors - (policy == .stop ? 1 : 0) == copies)
    }
}
