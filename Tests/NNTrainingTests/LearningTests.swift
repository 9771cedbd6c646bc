import NNReference
import NNModel
import NNTraining
import Testing

/// Small problems that a trained network must solve on samples it has not seen.
@Suite struct LearningTests {
    private func trainer(_ loss: some Loss, outputs: Int) throws -> Trainer {
        try Trainer(
            model: .multilayerPerceptron(
                inputs: 2, hidden: [16, 16], outputs: outputs, activation: .tanh),
            inputShape: [2], loss: loss, optimizer: Adam(), learningRate: 0.02, seed: 1,
            backend: ReferenceBackend<Float>())
    }

    @Test(
        arguments: [
            (.xor, 10, 0.98), (.moons, 30, 0.98), (.circles, 30, 0.98), (.spirals, 120, 0.95),
        ]
            as [(GeneratedData, Int, Double)])
    func generatedSetsAreLearned(data: GeneratedData, epochs: Int, accuracy: Double) throws {
        let split = try data.split(seed: 1)
        let test = try #require(split.test)
        let trainer = try trainer(.binaryCrossEntropy, outputs: 1)
        try trainer.fit(
            split.train, options: TrainingOptions(length: .epochs(epochs), batchSize: 50))
        #expect(try #require(trainer.evaluate(test).accuracy) >= accuracy)
    }

    @Test func twoClassesAreLearnedWithTwoOutputs() throws {
        let split = try GeneratedData.moons.split(seed: 1)
        let trainer = try trainer(.crossEntropy, outputs: 2)
        try trainer.fit(split.train, options: TrainingOptions(length: .epochs(30), batchSize: 50))
        let test = try #require(split.test)
        #expect(try #require(trainer.evaluate(test).accuracy) >= 0.98)
    }

    @Test func aCurveIsLearned() throws {
        let split = try GeneratedData.sine.split(seed: 1)
        let trainer = try Trainer(
            model: .multilayerPerceptron(inputs: 1, hidden: [16], outputs: 1, activation: .tanh),
            inputShape: [1], loss: .meanSquaredError, optimizer: Adam(), learningRate: 0.02,
            backend: ReferenceBackend<Float>())
        try trainer.fit(split.train, options: TrainingOptions(length: .epochs(30), batchSize: 50))
        #expect(try trainer.evaluate(#require(split.test)).loss < 1e-3)
    }
}
