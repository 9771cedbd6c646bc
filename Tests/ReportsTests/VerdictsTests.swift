import NNGPU
import Testing

@testable import Reports

@Suite struct VerdictsTests {
    private func verdicts(_ targets: [Float], _ outputs: [Float], names: [String]? = nil) throws
        -> Verdicts
    {
        let data = try Dataset(
            name: "test", features: targets, sampleShape: [1], targets: targets, targetWidth: 1,
            classNames: names)
        let trainer = try Trainer(
            model: Sequential { Linear(1, 2) }, inputShape: [1], loss: .crossEntropy,
            optimizer: SGD(), learningRate: 0, backend: ReferenceBackend<Double>())
        return Verdicts(
            TrainingRecord(
                command: "", device: "", seed: 0, settings: [], layers: [], progress: [],
                ending: "", evaluation: try trainer.evaluate(data), dataset: data,
                outputs: outputs, loss: .crossEntropy))
    }

    @Test func theLargestLogitDecides() throws {
        let verdicts = try verdicts([0, 1, 1, 0], [2, 1, 0, 3, 5, 1, -1, 0])
        #expect(verdicts.predictions == [0, 1, 0, 1])
        #expect(verdicts.confusion == [[1, 1], [1, 1]])
        // Sample 2 is wrong by 4, sample 3 by 1.
        #expect(verdicts.mistakes == [2, 3])
    }

    @Test func theSignOfASingleLogitDecides() throws {
        let verdicts = try verdicts([0, 1, 1], [-0.5, 2, -3])
        #expect(verdicts.predictions == [0, 1, 0] && verdicts.mistakes == [2])
        #expect(verdicts.confusion == [[1, 0], [1, 1]])
    }

    @Test func classesHaveTheirNames() throws {
        let verdicts = try verdicts([0, 1], [1, 0, 0, 1], names: ["cat", "dog"])
        #expect(verdicts.name(1) == "dog" && verdicts.name(7) == "7")
    }
}
