import NNFiles
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import Testing

/// A loop of one's own, and what it shares with the trainer's.
@Suite struct OwnLoopTests {
    private static let model = Sequential {
        Linear(2, 8)
        Tanh()
        Dropout(rate: 0.2)
        Linear(8, 2)
    }

    private func step(_ backend: any Backend, frozen: [String] = []) throws -> TrainingStep {
        try TrainingStep(
            inputs: [ModelInput("features", [2]), ModelInput("targets", .scalar, .int32)],
            optimizer: Adam(), frozen: frozen, clipNorm: 5, seed: 3, on: backend
        ) { inputs, pass in
            let logits = try Self.model(inputs["features"], in: pass)
            return [
                "loss": try softmaxCrossEntropy(logits, inputs["targets"]).mean(),
                "logits": logits,
            ]
        }
    }

    /// The same order, the same first values, the same masks and the same arithmetic.
    @Test func itTakesTheTrainersSteps() throws {
        let data = try GeneratedData.moons.split(seed: 1).train
        let trainer = try Trainer(
            model: Self.model, inputShape: [2], loss: .crossEntropy, optimizer: Adam(),
            learningRate: 0.01, clipNorm: 5, seed: 3, backend: ReferenceBackend<Float>())
        try trainer.fit(data, options: TrainingOptions(length: .epochs(2), batchSize: 60))
        let step = try step(ReferenceBackend<Float>())
        for epoch in 0..<2 {
            for batch in data.batches(of: 60, seed: 3, epoch: epoch) {
                try step.take(batch, learningRate: 0.01)
            }
        }
        #expect(step.count == trainer.step)
        #expect(try step.loss() > 0)
        #expect(try step.value(of: "logits").count == 2 * (data.count % 60))
        #expect(try step.parameters.tensors() == trainer.parameters().tensors)
        // What it learned is what a predictor applies.
        let predictor = try Predictor(Network(Self.model, inputShape: [2]), step.parameters)
        #expect(try predictor.predict([0.5, 1]) == trainer.predict([0.5, 1]))
    }

    @Test func frozenLayersStay() throws {
        let step = try step(ReferenceBackend<Float>(), frozen: ["0.*"])
        let before = try step.parameters.tensors()
        for batch in try GeneratedData.moons.split(seed: 1).train.batches(of: 100) {
            try step.take(batch, learningRate: 0.01)
        }
        for (old, new) in zip(before, try step.parameters.tensors()) {
            #expect((old == new) == old.name.hasPrefix("0."))
        }
    }

    /// A leaf that a body makes by itself would stay zero for ever.
    @Test func whatNobodyGivesValuesIsNamed() throws {
        #expect(throws: ModelError.leafWithoutValues("w")) {
            try TrainingStep(
                inputs: [ModelInput("a", [2])], optimizer: SGD(), on: ReferenceBackend<Float>()
            ) { inputs, pass in
                let y = try pass.apply(Linear(2, 1), named: "0", to: inputs["a"])
                return ["loss": try (y * Tensor.parameter("w", [1])).mean()]
            }
        }
        struct Stray: Layer {
            func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
                try matmul(x, .parameter("stray", [2, 2]))
            }
        }
        #expect(throws: ModelError.leafWithoutValues("stray")) {
            try Trainer(
                model: Sequential([Linear(2, 2), Stray()]), inputShape: [2], loss: .crossEntropy,
                optimizer: SGD(), learningRate: 1, backend: ReferenceBackend<Float>())
        }
        struct StrayLoss: Loss {
            func terms(_ outputs: Tensor, _ targets: Tensor) throws -> LossTerms {
                LossTerms(try (outputs - targets) * Tensor.parameter("scale", .scalar))
            }
        }
        #expect(throws: ModelError.leafWithoutValues("scale")) {
            try Trainer(
                model: Linear(2, 1), inputShape: [2], loss: StrayLoss(), optimizer: SGD(),
                learningRate: 1, backend: ReferenceBackend<Float>())
        }
    }

    /// The leaf `step` is the step's own: each draws another mask.
    @Test func everyStepHasADropoutMaskOfItsOwn() throws {
        let step = try TrainingStep(
            inputs: [ModelInput("a", [64])], optimizer: SGD(), on: ReferenceBackend<Float>()
        ) { inputs, pass in
            let kept = try pass.apply(Dropout(rate: 0.5), named: "drop", to: inputs["a"])
            let y = try pass.apply(Linear(64, 1), named: "0", to: kept)
            return ["loss": try y.mean()]
        }
        let losses = try (0..<5).map { _ in
            try step.take(["a": .floats([Float](repeating: 1, count: 64))], learningRate: 0)
            return try step.loss()
        }
        #expect(Set(losses).count == 5)
    }

    @Test func misuseIsNamed() throws {
        let step = try step(ReferenceBackend<Float>())
        #expect(throws: TrainingError.noStep) { try step.loss() }
        #expect(throws: ModelError.missingInput("targets", given: ["features"])) {
            try step.take(["features": .floats([1, 2])], learningRate: 1)
        }
        #expect(throws: TrainingError.partialSample(input: "features", count: 3, sampleSize: 2)) {
            try step.take(
                ["features": .floats([1, 2, 3]), "targets": .int32s([0])], learningRate: 1)
        }
        #expect(throws: TrainingError.inputCounts(["features": 1, "targets": 2])) {
            try step.take(
                ["features": .floats([1, 2]), "targets": .int32s([0, 1])], learningRate: 1)
        }
        #expect(throws: GraphError.self) {
            try step.take(
                ["features": .floats([1, 2]), "targets": .floats([0.5])], learningRate: 1)
        }
        try step.take(
            ["features": .floats([.nan, 2]), "targets": .int32s([0])], learningRate: 1)
        #expect(throws: TrainingError.stepNotFinite(step: 1)) { try step.loss() }
        #expect(throws: ModelError.unknownTensor("loss", known: ["x"])) {
            try TrainingStep(
                inputs: [ModelInput("a", [2])], optimizer: SGD(), on: ReferenceBackend<Float>()
            ) { inputs, pass in ["x": try Self.model(inputs["a"], in: pass)] }
        }
    }
}
