import Foundation
import NNTraining
import Testing

@Suite struct InitializerTests {
    private static let fan = Fan(input: 50, output: 30)
    private static let count = 20_000

    private func values(_ initializer: Initializer, seed: UInt64 = 1, stream: UInt32 = 0) -> [Float]
    {
        initializer.values(count: Self.count, fan: Self.fan, seed: seed, stream: stream)
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

    @Test(arguments: Initializer.allCases.filter { $0 != .zeros })
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
        let values = layout.initialValues(seed: 5)
        #expect(values[layout.entries[0].range] != values[layout.entries[2].range])
        #expect(values[layout.entries[1].range].allSatisfy { $0 == 0 })
        #expect(values == layout.initialValues(seed: 5))
    }
}
