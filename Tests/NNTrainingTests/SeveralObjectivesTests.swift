import Foundation
import NNFiles
import NNGraph
import NNModel
import NNReference
import NNTraining
import TestSupport
import Testing

/// Models of several inputs, one of them looked up, and of several outputs, each with a loss.
@Suite struct SeveralObjectivesTests {
    private static func trainer() throws -> Trainer {
        try Trainer(
            TwoHeads.network(), task: TwoHeads.task(), optimizer: Adam(), learningRate: 0.02,
            clipNorm: 5, seed: 3,
            backend: ReferenceBackend<Float>())
    }

    private static let options = TrainingOptions(length: .epochs(4), batchSize: 16)

    /// The trainer's steps are those of a loop whose loss is written down by hand.
    @Test func theTrainerTakesTheStepsOfTheWeightedSum() throws {
        let data = try TwoHeads.data()
        let trainer = try Self.trainer()
        try trainer.fit(data, options: Self.options)
        let network = TwoHeads.network()
        let step = try TrainingStep(
            inputs: network.inputs + [
                ModelInput("kind", .scalar, .int32), ModelInput("size", [1]),
            ], optimizer: Adam(), clipNorm: 5, seed: 3, on: ReferenceBackend<Float>()
        ) { inputs, pass in
            let outputs = try network(inputs, in: pass)
            let kind = try softmaxCrossEntropy(outputs["kind"], inputs["kind"]).mean()
            let size = try square(outputs["size"] - inputs["size"]).mean()
            return ["loss": try kind + 0.25 * size]
        }
        for epoch in 0..<4 {
            for batch in data.batches(of: 16, seed: 3, epoch: epoch) {
                try step.take(batch, learningRate: 0.02)
            }
        }
        #expect(step.count == trainer.step)
        let (mine, trainers) = (try step.parameters.tensors(), try trainer.parameters().tensors)
        #expect(mine.map(\.name) == trainers.map(\.name))
        // The same terms in another order: the graphs differ in how a mean is written.
        for (mine, other) in zip(mine, trainers) {
            #expect(
                mine.name.hasPrefix("kind.") || mine.name.hasPrefix("size.")
                    || mine.name.hasPrefix("trunk.") || mine.name.hasPrefix("words."))
            let (a, b) = (mine.doubles(), other.doubles())
            #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($1)) }, "\(mine.name)")
        }
    }

    @Test func whatIsReportedIsThatOfEachObjective() throws {
        let data = try TwoHeads.data()
        let trainer = try Self.trainer()
        let before = try trainer.evaluate(data)
        try trainer.fit(data, options: TrainingOptions(length: .epochs(60), batchSize: 16))
        let after = try trainer.evaluate(data)
        #expect(after.loss < 0.5 * before.loss)
        #expect(
            after.metrics.map(\.name) == ["kind.loss", "kind.accuracy", "size.loss", "size.R²"])
        let values = Dictionary(uniqueKeysWithValues: after.metrics.map { ($0.name, $0.value) })
        let kind = try #require(values["kind.loss"])
        let size = try #require(values["size.loss"])
        #expect(abs(after.loss - (kind + 0.25 * size)) < 1e-6)

        // By hand, from what the trained model predicts.
        let predictor = try Predictor(TwoHeads.network(), trainer.parameterStore)
        let outputs = try predictor.predict([
            "features": data.features, "word": data.input("word").values,
        ])
        let (kinds, sizes) = (try #require(outputs["kind"]), try #require(outputs["size"]))
        #expect(kinds.count == data.count * TwoHeads.classCount && sizes.count == data.count)
        let right = (0..<data.count).filter { sample in
            let row = kinds[sample * TwoHeads.classCount..<(sample + 1) * TwoHeads.classCount]
            return row.firstIndex(of: row.max() ?? 0) == row.startIndex + Int(data.targets[sample])
        }
        #expect(values["kind.accuracy"] == Double(right.count) / Double(data.count))
        let squares = try zip(sizes, data.target("size").values).map {
            Double($0 - $1) * Double($0 - $1)
        }
        #expect(abs(size - squares.reduce(0, +) / Double(data.count)) < 1e-6)
        let targets = try data.target("size").values.map(Double.init)
        let mean = targets.reduce(0, +) / Double(targets.count)
        let variance = targets.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
        let determination = try #require(values["size.R²"])
        #expect(abs(determination - (1 - squares.reduce(0, +) / variance)) < 1e-5)
    }

    /// Steps in parts bring whole-number inputs and every target along.
    @Test func partsOfAStepAreTheStep() throws {
        let data = try TwoHeads.data()
        func parameters(_ partCount: Int) throws -> [Double] {
            let trainer = try Trainer(
                TwoHeads.network(), task: TwoHeads.task(), optimizer: SGD(momentum: 0.9),
                learningRate: 0.05,
                seed: 3, backend: ReferenceBackend<Double>())
            var options = TrainingOptions(length: .steps(6), batchSize: 16)
            options.partCount = partCount
            try trainer.fit(data, options: options)
            return try trainer.parameters().tensors.flatMap { $0.doubles() }
        }
        let whole = try parameters(1)
        for (a, b) in zip(whole, try parameters(4)) { #expect(abs(a - b) < 0x1p-22) }
    }

    /// A training that stops and goes on, and one that does not, are the same.
    @Test func itIsResumedAndSaved() throws {
        let data = try TwoHeads.data()
        let folder = try TemporaryFolder()
        let whole = try Self.trainer()
        try whole.fit(data, options: Self.options)

        let first = try Self.trainer()
        try first.fit(
            data, options: TrainingOptions(length: .epochs(2), batchSize: 16),
            checkpoints: CheckpointFolder(path: folder.path))
        let second = try Self.trainer()
        let newest = try CheckpointFolder(path: folder.path).newest()
        try second.restore(#require(newest.checkpoint))
        try second.fit(data, options: Self.options)
        #expect(try second.parameters().tensors == whole.parameters().tensors)

        let file = folder.url.appending(path: "both.safetensors")
        try second.save(to: file)
        let predictor = try Predictor(contentsOf: file, on: ReferenceBackend<Float>())
        let samples = ["features": Features.floats([0.1, 0.2, 0.3]), "word": .int32s([4])]
        #expect(
            try predictor.predict(samples)
                == Predictor(TwoHeads.network(), second.parameterStore).predict(samples))
    }

    // MARK: - Names

    /// Names that buffers of a training have would be bound to these in silence.
    @Test(arguments: [
        "parameters", "parameters.fixed", "metrics", "indices", "scalars", "step", "gradient",
        "shares", "places", "optimizer.velocity",
    ])
    func namesOfTheTrainingAreRefused(name: String) throws {
        func refuses(_ make: () throws -> Void) {
            #expect {
                try make()
            } throws: { error in
                guard case ModelError.reservedName(let found, _) = error else { return false }
                return found == name && "\(error)".contains(name)
            }
        }
        for inputs in [[name, "word"], ["features", name]] {
            refuses {
                _ = try TrainingGraphs(
                    TwoHeads.network(inputs: inputs), task: TwoHeads.task(), optimizer: SGD())
            }
        }
        refuses {
            _ = try TrainingGraphs(
                TwoHeads.network(), task: TwoHeads.task(kind: name), optimizer: SGD())
        }
        refuses {
            _ = try TrainingStep(
                inputs: [ModelInput(name, [3])], optimizer: SGD(), on: ReferenceBackend<Float>()
            ) { inputs, pass in
                ["loss": try Linear(3, 1)(inputs[name], in: pass).mean()]
            }
        }
    }

    @Test func anInputThatNothingUsesIsNamed() throws {
        let inputs = [ModelInput("a", [3]), ModelInput("b", [2])]
        let graph = ModelGraph([.init("one", Linear(3, 1), of: "a")], outputs: ["one": "one"])
        let unused = ModelError.unusedInput("b")
        #expect(throws: unused) {
            try ParameterLayout(of: Network(graph, inputs: inputs))
        }
        #expect(throws: unused) {
            try TrainingStep(inputs: inputs, optimizer: SGD(), on: ReferenceBackend<Float>()) {
                inputs, pass in ["loss": try Linear(3, 1)(inputs["a"], in: pass).mean()]
            }
        }
        // Used, but by an output that no loss looks at.
        let both = ModelGraph(
            [.init("one", Linear(3, 1), of: "a"), .init("two", Linear(2, 1), of: "b")],
            outputs: ["one": "one", "two": "two"])
        let task = TrainingTask([Objective(output: "one", loss: .meanSquaredError)])
        #expect(throws: unused) {
            try TrainingGraphs(Network(both, inputs: inputs), task: task, optimizer: SGD())
        }
        _ = try ParameterLayout(of: Network(both, inputs: inputs))
    }
}
