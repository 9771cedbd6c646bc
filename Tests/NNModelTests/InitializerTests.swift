import Foundation
import NNGraph
import NNModel
import Testing

@Suite struct InitializerTests {
    private static let fan = Fan(input: 50, output: 30)
    private static let count = 20_000

    private func values(_ initializer: Initializer, seed: UInt64 = 1, stream: UInt32 = 0) -> [Float]
    {
        initializer.values(shape: [Self.count], fan: Self.fan, seed: seed, stream: stream)
    }

    @Test(
        arguments: [
            (.standard, 1 / 50.0.squareRoot()), (.heUniform, (6 / 50.0).squareRoot()),
            (.glorotUniform, (6 / 80.0).squareRoot()),
        ] as [(Initializer, Double)])
    func uniformValuesFillTheirBounds(initializer: Initializer, bound: Double) {
        let values = values(initializer).map(Double.init)
        let largest = values.map(abs).max() ?? 0
        #expect(largest <= bound * (1 + 0x1p-23) && largest > 0.99 * bound)
        expectMoments(of: values, deviation: bound / 3.0.squareRoot())
    }

    @Test(
        arguments: [
            (.heNormal, (2 / 50.0).squareRoot()), (.glorotNormal, (2 / 80.0).squareRoot()),
        ] as [(Initializer, Double)])
    func normalValuesHaveTheirDeviation(initializer: Initializer, deviation: Double) {
        let values = values(initializer).map(Double.init)
        expectMoments(of: values, deviation: deviation)
        // 31.7 % of a normal distribution are beyond one deviation, of a uniform one 42.3 %.
        let share = Double(values.count { abs($0) > deviation }) / Double(Self.count)
        #expect(abs(share - 0.317) < 0.015)
    }

    /// Mean 0 and the deviation asked for, within four standard errors.
    private func expectMoments(of values: [Double], deviation: Double) {
        let n = Double(values.count)
        let mean = values.reduce(0, +) / n
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
        #expect(abs(mean) < 4 * deviation / n.squareRoot())
        #expect(abs(variance.squareRoot() / deviation - 1) < 4 / (2 * n).squareRoot())
    }

    @Test func zerosAreZeros() {
        #expect(values(.zeros).allSatisfy { $0 == 0 })
    }

    @Test(
        arguments: [
            .standard, .heUniform, .heNormal, .glorotUniform, .glorotNormal, .normal(deviation: 2),
            .truncatedNormal(deviation: 2),
        ] as [Initializer])
    func seedAndStreamDecide(initializer: Initializer) {
        #expect(values(initializer) == values(initializer))
        #expect(values(initializer) != values(initializer, seed: 2))
        #expect(values(initializer) != values(initializer, stream: 1))
    }

    @Test func parametersOfOneShapeBeginDifferently() throws {
        let model = Sequential {
            Linear(3, 3, initializer: .heNormal)
            Linear(3, 3, initializer: .heNormal)
        }
        let layout = try ParameterLayout(of: model, inputShape: [3])
        let values = layout.initialValues(seed: 5).trained
        #expect(values[layout.entries[0].range] != values[layout.entries[2].range])
        #expect(values[layout.entries[1].range].allSatisfy { $0 == 0 })
        #expect(values == layout.initialValues(seed: 5).trained)
    }

    @Test func constantsAreConstants() {
        #expect(values(.ones).allSatisfy { $0 == 1 })
        #expect(values(.constant(-0.25)).allSatisfy { $0 == -0.25 })
    }

    @Test func whatIsTruncatedEndsAtTwoDeviations() {
        let values = values(.truncatedNormal(deviation: 3)).map(Double.init)
        let largest = values.map(abs).max() ?? 0
        #expect(largest <= 6 && largest > 5.98)
        // The variance of a normal distribution without its tails: 1 − 2·2φ(2)/(2Φ(2) − 1).
        expectMoments(of: values, deviation: 3 * 0.7737413035499235.squareRoot())
    }

    @Test(arguments: [[6, 4], [4, 6], [5, 5], [8, 2, 3], [1, 7], [3]] as [[Int]])
    func orthogonalRowsAreOrthogonal(dimensions: [Int]) {
        let shape = Shape(dimensions)
        let (rows, columns) = (dimensions[0], shape.count / dimensions[0])
        let values = Initializer.orthogonal(gain: 2).values(
            shape: shape, fan: Self.fan, seed: 1, stream: 0
        ).map(Double.init)
        let (count, length) = (min(rows, columns), max(rows, columns))
        let vectors = (0..<count).map { index -> [Double] in
            (0..<length).map { place -> Double in
                rows <= columns
                    ? values[index * columns + place] : values[place * columns + index]
            }
        }
        for (place, a) in vectors.enumerated() {
            for (other, b) in vectors.enumerated() {
                let product = zip(a, b).map { $0 * $1 }.reduce(0, +)
                #expect(abs(product - (place == other ? 4 : 0)) < 1e-6)
            }
        }
    }

    @Test(
        arguments: [
            .standard, .zeros, .ones, .constant(0.5), .normal(deviation: 0.02),
            .truncatedNormal(deviation: 0.02), .orthogonal(gain: 1.5),
        ] as [Initializer])
    func namesAreReadBack(initializer: Initializer) {
        #expect(Initializer(initializer.description) == initializer)
    }

    @Test(arguments: ["", "Normal", "normal:x", "normal:-1", "constant:nan", "he-uniform:2"])
    func otherNamesAreNone(text: String) {
        #expect(Initializer(text) == nil)
    }
}
