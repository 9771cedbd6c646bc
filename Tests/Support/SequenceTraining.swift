import NNGraph
import NNModel
import NNTraining

/// A small training on sequences: samples [time, features], products of three axes, and sums over
/// axes that are not neighbors.
package enum SequenceTraining {
    /// The steps of a sequence, and the features of a step.
    package static let inputShape: Shape = [5, 3]
    /// The samples of a step of the training.
    package static let batchSize = 16
    /// The features of a step inside of the model.
    package static let width = 12

    /// Affine maps of each step, a normalization and attention between the steps.
    package static let model = Sequential {
        Linear(3, width)
        Tanh()
        StepNormalization()
        Attention(features: width, keys: 4)
        Linear(width, 1)
    }

    /// Sequences of uniform numbers x; the target of step t is `x₀(t) · x₁(t)` plus the mean of x₂ over
    /// all steps, so that neither a step alone nor an affine map is enough.
    package static func dataset() throws -> Dataset {
        let (count, time, philox) = (256, inputShape[0], Philox(seed: 8))
        let features = (0..<count * inputShape.count).map {
            2 * philox.uniform(index: UInt64($0), step: 0, stream: 0) - 1
        }
        func x(_ row: Int, _ feature: Int) -> Float { features[row * inputShape[1] + feature] }
        let targets = (0..<count * time).map { row in
            let steps = row / time * time..<(row / time + 1) * time
            let mean = steps.map { x($0, 2) }.reduce(0, +) / Float(time)
            return x(row, 0) * x(row, 1) + mean
        }
        return try Dataset(
            name: "sequences", features: features, sampleShape: inputShape.dimensions,
            targets: targets, targetWidth: time)
    }

    /// The graphs of the training.
    package static func graphs() throws -> TrainingGraphs {
        try TrainingGraphs(
            model: model, inputShape: inputShape, loss: .meanSquaredError, optimizer: Adam())
    }

    /// The loss on the data before and after 25 epochs on a backend.
    package static func losses(on backend: any Backend) throws -> (before: Double, after: Double) {
        let trainer = try Trainer(
            model: model, inputShape: inputShape, loss: .meanSquaredError, optimizer: Adam(),
            learningRate: 0.01, seed: 1, backend: backend)
        let dataset = try dataset()
        let before = try trainer.evaluate(dataset).loss
        try trainer.fit(
            dataset, options: TrainingOptions(length: .epochs(25), batchSize: batchSize))
        return (before, try trainer.evaluate(dataset).loss)
    }
}

/// Gives each step of a sequence the mean 0 and the variance 1 over samples and features, then a scale
/// and a shift of its own: x [batch, time, features].
package struct StepNormalization: Layer {
    package static let typeName = "step-normalization"

    package func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        let perStep = Shape([x.shape[1], 1])
        func parameter(_ name: String) throws -> Tensor {
            try pass.parameter(name, perStep, .zeros, fan: Fan(input: 1, output: 1))
        }
        let centered = try x - x.mean([0, 2], keepingAxes: true)
        let variance = try (centered * centered).mean([0, 2], keepingAxes: true)
        return try centered / sqrt(variance + 1e-5) * (1 + parameter("scale")) + parameter("shift")
    }
}

/// Adds to each step what attention takes from all of them: `x + softmax(q · kᵀ) · v` with affine
/// maps q, k and v of x [batch, time, features].
package struct Attention: Layer {
    package static let typeName = "attention"
    let features: Int
    let keys: Int

    package func callAsFunction(_ x: Tensor, in pass: ForwardPass) throws -> Tensor {
        func map(_ name: String, _ outputs: Int) throws -> Tensor {
            try pass.apply(Linear(features, outputs), named: name, to: x)
        }
        let scores = try matmul(map("query", keys), map("key", keys), transposeB: true)
        return try x + matmul(softmax(scores), map("value", features))
    }
}
