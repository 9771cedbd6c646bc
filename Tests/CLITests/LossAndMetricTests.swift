import Foundation
import NNGPU
import Testing

/// Losses with options and metrics, by flags.
@Suite struct LossAndMetricTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    private func train(_ flags: String) throws -> Schema.Training {
        try workspace.decode(
            Schema.Training.self,
            "train --device reference --hidden 8 --steps 12 --batch-size 50 --save m.safetensors --json \(flags)"
        )
    }

    /// The loss that the saved model says it was trained for.
    private func savedLoss() throws -> any Loss {
        try ModelDescription(of: workspace.weights("m.safetensors")).task.loss
    }

    @Test func optionsReachTheLossAndTheSavedModel() throws {
        _ = try train(
            "--data moons --loss softmax-cross-entropy:label-smoothing=0.1,class-weights=1/2.5,ignore-label=-100"
        )
        #expect(
            try savedLoss() as? CrossEntropy
                == CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 2.5], ignoredLabel: -100))
        _ = try train("--data moons --loss binary-cross-entropy:positive-weights=3")
        #expect(try savedLoss() as? BinaryCrossEntropy == BinaryCrossEntropy(positiveWeight: [3]))
        _ = try train("--data sine --loss huber:delta=0.25")
        #expect(try savedLoss() as? Huber == Huber(delta: 0.25))
    }

    /// Options that change nothing do not, and others do.
    @Test func optionsCount() throws {
        func loss(_ options: String) throws -> Double {
            try train("--data moons --seed 2 --loss softmax-cross-entropy\(options)").loss
        }
        let plain = try loss("")
        #expect(try loss(":class-weights=1/1,label-smoothing=0") == plain)
        #expect(try abs(loss(":label-smoothing=0.2") - plain) > 1e-3)
        #expect(try abs(loss(":class-weights=1/5") - plain) > 1e-3)
    }

    /// Probabilities of classes, one column each.
    @Test func targetsMayBeProbabilities() throws {
        let features = (0..<40).map { Float($0 % 7) }
        let targets = (0..<40).flatMap { sample -> [Float] in
            let first = Float(sample % 7) / 8
            return [first, (1 - first) / 2, (1 - first) / 2]
        }
        try workspace.writeNumPy(features, shape: [40, 1], as: "x.npy")
        try workspace.writeNumPy(targets, shape: [40, 3], as: "y.npy")
        _ = try train("--data x.npy,y.npy --loss softmax-cross-entropy:soft-targets")
        #expect(try savedLoss() as? CrossEntropy == CrossEntropy(softTargets: true))
        let tensors = try workspace.weights("m.safetensors").tensors
        #expect(tensors.first { $0.name == "2.bias" }?.shape == [3])
        // Of one class the probability would be 1 whatever was learned.
        let one = try workspace.run(
            "train --data moons --device reference --loss softmax-cross-entropy:soft-targets")
        #expect(one.code == 66 && one.stderr.contains("at least 2 outputs"), "\(one)")
    }

    // MARK: - Metrics

    /// Against counts of what `predict` says.
    @Test(arguments: testedDevices)
    func metricsAreThoseOfThePredictions(device: String) throws {
        let count = 90
        var (features, labels): ([Float], [Int]) = ([], [])
        for sample in 0..<count {
            let (a, b) = (sample % 10, sample % 9)
            features += [Float(a) / 10, Float(b) / 9]
            labels.append((a + b) / 5)
        }
        try workspace.writeNumPy(features, shape: [count, 2], as: "x.npy")
        try workspace.writeNumPy(labels.map { Float($0) }, shape: [count], as: "y.npy")
        _ = try train("--data x.npy,y.npy")
        let evaluated = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data x.npy,y.npy --device \(device) --json "
                + "--metrics accuracy,top-2,confusion,perplexity")

        let table = try workspace.succeed(
            "predict --model m.safetensors --input x.npy --device \(device) --format csv")
        let rows = table.split(separator: "\n").dropFirst().map { line in
            line.split(separator: ",").compactMap { Double($0) }
        }
        try #require(rows.count == count)
        // The last numbers of a row are the probabilities.
        let probabilities = rows.map { Array($0.suffix(4)) }
        var confusion = [[Int]](repeating: [0, 0, 0, 0], count: 4)
        var (right, amongTwo) = (0, 0)
        for (label, row) in zip(labels, probabilities) {
            let order = row.indices.sorted { (row[$1], $0) < (row[$0], $1) }
            confusion[label][order[0]] += 1
            right += order[0] == label ? 1 : 0
            amongTwo += order.prefix(2).contains(label) ? 1 : 0
        }
        #expect(evaluated.confusion == confusion)
        #expect(evaluated.accuracy == Double(right) / Double(count))
        #expect(evaluated.metrics["top-2"] == Double(amongTwo) / Double(count))
        let perplexity = try #require(evaluated.metrics["perplexity"])
        #expect(abs(perplexity - exp(evaluated.loss)) < 1e-9)
        let shares = confusion.enumerated().filter { $0.element.reduce(0, +) > 0 }
            .map { Double($0.element[$0.offset]) / Double($0.element.reduce(0, +)) }
        let balanced = try #require(evaluated.metrics["confusion"])
        #expect(abs(balanced - shares.reduce(0, +) / Double(shares.count)) < 1e-9)
        // People see the same, and the table.
        let text = try workspace.succeed(
            "evaluate --model m.safetensors --data x.npy,y.npy --device \(device) --metrics confusion"
        )
        #expect(text.contains("confusion \(String(format: "%.2f", balanced * 100)) %"))
        #expect(text.contains("label, predicted:"))
    }

    @Test func determinationIsOneLessTheShareOfTheVariance() throws {
        // Far from zero, where squares of the targets themselves would lose what they differ by.
        let (x, y) = (
            (0..<50).map { Float($0) / 50 }, (0..<50).map { 1000.25 + Float($0 * 7 % 13) }
        )
        try workspace.writeNumPy(x, shape: [50, 1], as: "x.npy")
        try workspace.writeNumPy(y, shape: [50, 1], as: "y.npy")
        _ = try train("--data x.npy,y.npy")
        let evaluated = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data x.npy,y.npy --device reference --json --metrics r2"
        )
        let mean = y.map(Double.init).reduce(0, +) / 50
        let variance = y.map { (Double($0) - mean) * (Double($0) - mean) }.reduce(0, +) / 50
        let determination = try #require(evaluated.metrics["R²"])
        #expect(abs(determination - (1 - evaluated.loss / variance)) < 1e-6 * abs(determination))
        #expect(evaluated.accuracy == nil && evaluated.confusion == nil)
    }

    @Test func aMetricThatDoesNotSuitTheLossIsRefused() throws {
        _ = try train("--data sine")
        let outcome = try workspace.run(
            "evaluate --model m.safetensors --data sine --metrics top-2")
        #expect(outcome.code == 64)
        #expect(outcome.stderr.contains("--metrics top-2") && outcome.stderr.contains("r2"))
    }
}
