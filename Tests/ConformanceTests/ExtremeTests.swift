import Foundation
import NNGraph
import NNReference
import Testing

/// The softmax family where a formula without a shift would overflow, and at masks of −∞.
@Suite struct ExtremeTests {
    private static let huge: Float = 3e38

    /// One row of logits with a label, and what becomes of it.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let logits: [Float]
        let label: Int32
        let probabilities: [Double]
        /// The loss: beyond the range of single precision, a device gives its largest number.
        let loss: Double

        init(
            _ name: String, _ logits: [Float], label: Int32, _ probabilities: [Double], loss: Double
        ) {
            testDescription = name
            self.logits = logits
            self.label = label
            self.probabilities = probabilities
            self.loss = loss
        }

        /// The same row, made long enough for vectors and workgroups by entries without weight.
        var padded: Row {
            let rest = 300 - logits.count
            return Row(
                testDescription + " and many masked",
                logits + [Float](repeating: -.infinity, count: rest), label: label,
                probabilities + [Double](repeating: probabilities[0].isNaN ? .nan : 0, count: rest),
                loss: loss)
        }
    }

    static let rows: [Row] = {
        let half = 0.5, log2 = 0.693_147_180_559_945_3
        let nan = Double.nan, inf = Float.infinity
        let nans = [nan, nan, nan]
        let short = [
            Row("±1e4, label on the large one", [1e4, -1e4, 0], label: 0, [1, 0, 0], loss: 0),
            Row("±1e4, label on the small one", [1e4, -1e4, 0], label: 1, [1, 0, 0], loss: 2e4),
            Row("two of 1e4", [1e4, 1e4, -1e4], label: 0, [half, half, 0], loss: log2),
            Row("±3e38, label on the large one", [huge, -huge, 0], label: 0, [1, 0, 0], loss: 0),
            Row(
                "±3e38, label in the middle", [huge, -huge, 0], label: 2, [1, 0, 0],
                loss: Double(huge)),
            Row(
                "±3e38, label on the small one", [huge, -huge, 0], label: 1, [1, 0, 0],
                loss: 2 * Double(huge)),
            Row("all 3e38", [huge, huge], label: 1, [half, half], loss: log2),
            Row("all −3e38", [-huge, -huge], label: 1, [half, half], loss: log2),
            Row("all equal", [7, 7, 7, 7], label: 3, [0.25, 0.25, 0.25, 0.25], loss: 2 * log2),
            Row("one masked", [2, -inf, 2], label: 0, [half, 0, half], loss: log2),
            Row("all but one masked", [-inf, -5, -inf], label: 1, [0, 1, 0], loss: 0),
            Row(
                "label on a masked one", [2, -inf, 2], label: 1, [half, 0, half], loss: .infinity),
            Row("all masked", [-inf, -inf, -inf], label: 0, nans, loss: nan),
            Row("+inf", [1, inf, 2], label: 0, nans, loss: nan),
            Row("+inf at the label", [1, inf, 2], label: 1, nans, loss: nan),
            Row("NaN", [1, .nan, 2], label: 0, nans, loss: nan),
            Row("NaN at the label", [1, 3, .nan], label: 2, nans, loss: nan),
            Row("NaN beside +inf", [inf, 3, .nan], label: 1, nans, loss: nan),
            Row("NaN beside −inf", [-inf, 3, .nan], label: 1, nans, loss: nan),
        ]
        return short + short.filter { $0.testDescription != "all equal" }.map(\.padded)
    }()

    @Test(arguments: rows, TestBackend.available)
    func softmaxIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { logits, _ in try softmax(logits) }
        expectClose(y, row.probabilities, backend)
    }

    @Test(arguments: rows, TestBackend.available)
    func logSoftmaxIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { logits, _ in try logSoftmax(logits) }
        let largest = Double(row.logits.reduce(-.infinity) { $0 > $1 ? $0 : $1 })
        let total = row.logits.map { Foundation.exp(Double($0) - largest) }.reduce(0, +)
        let expected = row.logits.map { logit in
            row.probabilities[0].isNaN ? .nan : Double(logit) - largest - Foundation.log(total)
        }
        expectClose(y, expected, backend)
    }

    @Test(arguments: rows, TestBackend.available)
    func logSumExpIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { logits, _ in try logSumExp(logits) }
        let largest = Double(row.logits.reduce(-.infinity) { $0 > $1 || $0.isNaN ? $0 : $1 })
        // As in PyTorch: −inf for a row of nothing but −inf, +inf where there is one, else finite.
        let expected =
            largest.isFinite
            ? largest
                + Foundation.log(
                    row.logits.map { Foundation.exp(Double($0) - largest) }.reduce(0, +)) : largest
        expectClose(y, [expected], backend)
    }

    @Test(arguments: rows, TestBackend.available)
    func lossIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { try softmaxCrossEntropy($0, $1) }
        expectClose(y, [row.loss], backend)
    }

    @Test(arguments: rows, TestBackend.available)
    func gradientIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { logits, labels in
            try gradients(
                of: softmaxCrossEntropy(logits, labels), withRespectTo: [logits],
                upstream: .constant(-2, [1]))[0]
        }
        expectClose(y, gradient(row, upstream: -2), backend)
    }

    @Test(arguments: rows, TestBackend.available)
    func lossTogetherWithItsGradientIsRight(row: Row, backend: TestBackend) throws {
        let y = try results(row, backend) { logits, labels in
            let loss = try softmaxCrossEntropy(logits, labels)
            let gradient = try gradients(of: loss, withRespectTo: [logits])[0]
            return try concatenate([loss, gradient.reshape([row.logits.count])])
        }
        expectClose(y, [row.loss] + gradient(row, upstream: 1), backend)
    }

    private func gradient(_ row: Row, upstream: Double) -> [Double] {
        row.probabilities.enumerated().map { index, p in
            (p - (index == Int(row.label) ? 1 : 0)) * upstream
        }
    }

    private func results(
        _ row: Row, _ kind: TestBackend, _ build: (Tensor, Tensor) throws -> Tensor
    ) throws -> [Double] {
        let logits = try Tensor.input("x0", [1, row.logits.count])
        let labels = try Tensor.input("x1", [1], .int32)
        let graph = try Graph(outputs: ["y": build(logits, labels)])
        return try withBackend(kind) { backend in
            let executable = try run(
                graph, on: backend, inputs: [.floats(row.logits), .int32s([row.label])])
            return try backend.read(executable.buffer(named: "y"))
        }
    }

    /// Every number here is exact or rounded a few times.
    private func expectClose(
        _ results: [Double], _ expected: [Double], _ backend: TestBackend,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let largest = Double(Float.greatestFiniteMagnitude)
        #expect(results.count == expected.count, sourceLocation: sourceLocation)
        for (result, exact) in zip(results, expected) {
            let expected: Double =
                switch backend {
                case .referenceDouble: exact
                case .referenceFloat: Double(Float(exact))
                // On a device, what is finite stays finite.
                default: exact.isInfinite ? exact : Swift.min(Swift.max(exact, -largest), largest)
                }
            let isRight =
                expected.isNaN
                ? result.isNaN
                : result == expected
                    || Swift.abs(result - expected) <= 4e-7 * Swift.max(abs(expected), 1e-30)
            #expect(isRight, "\(result), not \(expected)", sourceLocation: sourceLocation)
        }
    }
}
