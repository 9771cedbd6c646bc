import Foundation
import NNGraph
import NNModel
import NNReference
@testable import NNTraining
import Testing

/// The options of losses, against the sums that define them.
@Suite struct LossOptionTests {
    private static let logits: [Double] = [2, -1, 0.5, 0, 3, -2, 1, 1, 1, -0.5, 0.25, 4]
    private static let labels: [Int32] = [0, 2, 1, 2]

    private static func probabilities(_ row: Int) -> [Double] {
        let powers = logits[3 * row..<3 * row + 3].map { exp($0) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    /// The mean loss and its gradient with respect to the outputs.
    private func evaluate(
        _ loss: some Loss, shape: Shape, outputs: [Double], targets: [Double]
    ) throws -> (loss: Double, gradient: [Double]) {
        let backend = ReferenceBackend<Double>()
        let x = try Tensor.input("x", shape)
        let type = try loss.targetType(for: shape)
        let y = try Tensor.input("y", type.shape, type.elementType)
        let mean = try loss.terms(x, y).mean()
        let executable = try backend.compile(
            Graph(outputs: ["loss": mean, "dx": gradients(of: mean, withRespectTo: [x])[0]]))
        try backend.write(outputs, to: executable.buffer(named: "x"))
        let buffer = try executable.buffer(named: "y")
        if type.elementType == .int32 {
            try backend.write(targets.map { Int32($0) }, to: buffer)
        } else {
            try backend.write(targets, to: buffer)
        }
        try executable.run()
        return (
            try backend.read(executable.buffer(named: "loss"))[0],
            try backend.read(executable.buffer(named: "dx"))
        )
    }

    private func evaluate(
        _ loss: CrossEntropy, _ labels: [Int32] = labels
    ) throws -> (loss: Double, gradient: [Double]) {
        try evaluate(
            loss, shape: [4, 3], outputs: Self.logits, targets: labels.map { Double($0) })
    }

    @Test func classWeightsWeighTheMean() throws {
        let weights = [0.5, 2, 3]
        let terms = (0..<4).map { row -> (Double, Double) in
            let label = Int(Self.labels[row])
            return (weights[label], -log(Self.probabilities(row)[label]))
        }
        let sum: Double = terms.reduce(0) { $0 + $1.0 * $1.1 }
        let expected: Double = sum / terms.reduce(0) { $0 + $1.0 }
        let found = try evaluate(CrossEntropy(classWeights: weights))
        #expect(abs(found.loss - expected) < 1e-14)
        let first = weights[0] / 8.5 * (Self.probabilities(0)[0] - 1)
        #expect(abs(found.gradient[0] - first) < 1e-14)
    }

    @Test func smoothedLabelsAreSpread() throws {
        let smoothing = 0.2
        let losses = (0..<4).map { row -> Double in
            let logs = Self.probabilities(row).map { -log($0) }
            let right = (1 - smoothing) * logs[Int(Self.labels[row])]
            return right + smoothing / 3 * logs.reduce(0, +)
        }
        let expected: Double = losses.reduce(0, +) / 4
        let found = try evaluate(CrossEntropy(labelSmoothing: smoothing))
        #expect(abs(found.loss - expected) < 1e-14)
        let soft = (0..<12).map { index -> Double in
            let hard: Double = Int(Self.labels[index / 3]) == index % 3 ? 1 : 0
            return (1 - smoothing) * hard + smoothing / 3
        }
        let same = try evaluate(
            CrossEntropy(softTargets: true), shape: [4, 3], outputs: Self.logits, targets: soft)
        #expect(abs(same.loss - expected) < 1e-14)
        #expect(zip(same.gradient, found.gradient).allSatisfy { abs($0 - $1) < 1e-14 })
    }

    /// PyTorch's label −100, and one that is a class as well.
    @Test(arguments: [-100, 2]) func anIgnoredLabelCountsNothing(label: Int) throws {
        var labels = Self.labels
        labels[1] = Int32(label)
        labels[3] = Int32(label)
        let found = try evaluate(CrossEntropy(ignoredLabel: label), labels)
        let expected =
            -(log(Self.probabilities(0)[0]) + log(Self.probabilities(2)[1])) / 2
        #expect(abs(found.loss - expected) < 1e-14)
        #expect(found.gradient[3..<6].allSatisfy { $0 == 0 })
        #expect(found.gradient[9...].allSatisfy { $0 == 0 })
        let none = try evaluate(
            CrossEntropy(ignoredLabel: label), [Int32](repeating: Int32(label), count: 4))
        #expect(none.loss.isNaN)
    }

    @Test func leadingAxesAreElements() throws {
        let flat = try evaluate(CrossEntropy())
        let deep = try evaluate(
            CrossEntropy(), shape: [2, 2, 3], outputs: Self.logits,
            targets: Self.labels.map { Double($0) })
        #expect(deep.loss == flat.loss && deep.gradient == flat.gradient)
    }

    @Test func decisionsAreManyAndWeighed() throws {
        let targets: [Double] = [1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0.25]
        let weights = [1, 2, 0.5]
        let losses = (0..<12).map { index -> Double in
            let (x, y, w) = (Self.logits[index], targets[index], weights[index % 3])
            let p: Double = 1 / (1 + exp(-x))
            return -w * y * log(p) - (1 - y) * log(1 - p)
        }
        let expected: Double = losses.reduce(0, +) / 12
        let found = try evaluate(
            BinaryCrossEntropy(positiveWeight: weights), shape: [4, 3], outputs: Self.logits,
            targets: targets)
        #expect(abs(found.loss - expected) < 1e-14)
    }

    @Test func errorsAreMeasuredAsAsked() throws {
        let shifts: [Double] = [0, 0.5, -2, 3]
        let targets = Self.logits.map { $0 + shifts[Int(abs($0) * 4) % 4] }
        let errors = zip(Self.logits, targets).map { abs($0 - $1) }
        func mean(_ of: (Double) -> Double) -> Double { errors.map(of).reduce(0, +) / 12 }
        let table: [(any Loss, Double)] = [
            (MeanSquaredError(), mean { $0 * $0 }), (MeanAbsoluteError(), mean { $0 }),
            (Huber(delta: 1.5), mean { $0 < 1.5 ? $0 * $0 / 2 : 1.5 * ($0 - 0.75) }),
        ]
        for (loss, expected) in table {
            let found = try evaluate(
                loss, shape: [4, 3], outputs: Self.logits, targets: targets)
            #expect(abs(found.loss - expected) < 1e-14, "\(type(of: loss).typeName)")
        }
    }

    @Test func optionsThatMeanNothingAreRefused() {
        let table: [(any Loss, String)] = [
            (CrossEntropy(labelSmoothing: 1), "label smoothing"),
            (CrossEntropy(classWeights: [1, 2]), "class weights"),
            (CrossEntropy(classWeights: [1, 2, -3]), "class weights"),
            (CrossEntropy(ignoredLabel: 0, softTargets: true), "ignored label"),
            (BinaryCrossEntropy(positiveWeight: [1, 0, 1]), "positive weight"),
            (Huber(delta: 0), "delta"),
        ]
        for (loss, option) in table {
            let error = #expect(throws: LossError.self) { try loss.targetType(for: [4, 3]) }
            #expect(error?.description.contains(option) == true)
        }
        #expect(throws: LossError.self) { try CrossEntropy().targetType(for: [4]) }
    }

    @Test(
        arguments: [
            CrossEntropy(),
            CrossEntropy(labelSmoothing: 0.1, classWeights: [1, 2], ignoredLabel: -1),
            BinaryCrossEntropy(positiveWeight: [3]), Huber(delta: 0.5), MeanAbsoluteError(),
        ] as [any Loss])
    func savedModelsSayTheOptions(loss: any Loss) throws {
        let description = ModelDescription(
            Network(Linear(2, 2), inputShape: [2]), task: TrainingTask(loss))
        let json = try description.json()
        let back = try ModelDescription(json: json)
        #expect(type(of: back.task.loss) == type(of: loss))
        #expect(try back.json() == json)
    }
}
