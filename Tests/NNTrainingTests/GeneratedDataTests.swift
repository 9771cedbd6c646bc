import Foundation
import NNModel
import NNTraining
import Testing

@Suite struct GeneratedDataTests {
    @Test(arguments: GeneratedData.allCases)
    func setsHaveTheirSizesAndAreFinite(of data: GeneratedData) throws {
        let split = try data.split(seed: 1)
        let test = try #require(split.test)
        #expect(split.train.count == 1000)
        #expect(test.count == 500)
        #expect(split.train.featureCount == (data == .sine ? 1 : 2))
        #expect((Array(split.train.features) + test.features).allSatisfy { $0.isFinite })
    }

    @Test(arguments: GeneratedData.allCases)
    func theSeedDecidesAndTheTestPartIsOther(of data: GeneratedData) throws {
        let split = try data.split(seed: 1)
        #expect(try data.split(seed: 1).train.features == split.train.features)
        #expect(try data.split(seed: 2).train.features != split.train.features)
        let test = try #require(split.test)
        #expect(Array(test.features) != Array(split.train.features.prefix(test.features.count)))
    }

    @Test(arguments: [.xor, .moons, .circles, .spirals] as [GeneratedData])
    func classesAreBalanced(of data: GeneratedData) throws {
        let train = try data.split(seed: 3).train
        #expect(try train.classLabels().reduce(0, +) == 500)
        #expect(try train.classCount == 2)
    }

    @Test(arguments: [.xor, .moons, .circles, .spirals] as [GeneratedData])
    func theShapeIsTheOneOfTheName(of data: GeneratedData) throws {
        let train = try data.split(seed: 4).train
        let right = (0..<train.count).count { index in
            let (x, y) = (train.features[2 * index], train.features[2 * index + 1])
            return isSecondClass(x, y, of: data) == (train.targets[index] == 1)
        }
        #expect(right >= 970)
    }

    /// The rule that an observer who knows the shape without its noise would go by.
    private func isSecondClass(_ x: Float, _ y: Float, of data: GeneratedData) -> Bool {
        switch data {
        case .xor:
            return x * y < 0
        case .circles:
            return hypot(x, y) < 0.75
        case .moons:
            let upper = abs(hypot(x, y) - 1) + max(0, -y)
            let lower = abs(hypot(x - 1, y - 0.5) - 1) + max(0, y - 0.5)
            return lower < upper
        case .spirals:
            // Unwound by its radius, the first arm points right and the second left.
            return cos(atan2(y, x) - 3 * .pi * hypot(x, y)) < 0
        case .sine:
            return false
        }
    }

    @Test func noiseHasTheStatedDeviation() throws {
        let train = try GeneratedData.xor.split(seed: 5).train
        let deviations = train.features.map { abs($0) - 1 }
        let variance = deviations.reduce(0) { $0 + $1 * $1 } / Float(deviations.count)
        // The standard error of a deviation from 2,000 numbers is σ / √4000, here 0.005.
        #expect(abs(variance.squareRoot() - 0.3) < 0.02)
    }

    @Test func sineIsTheSineOverOnePeriod() throws {
        let train = try GeneratedData.sine.split(seed: 6).train
        for (x, y) in zip(train.features, train.targets) { #expect(abs(y - sin(x)) < 1e-6) }
        #expect(train.features.allSatisfy { abs($0) <= .pi })
        #expect((train.features.max() ?? 0) > 3)
        #expect((train.features.min() ?? 0) < -3)
    }
}
