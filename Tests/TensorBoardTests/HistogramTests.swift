import Foundation
import Testing

@testable import TensorBoard

@Suite struct HistogramTests {
    private let numbers: [Float] = [-3, -1e-20, 0, -0.0, 1e-38, 0.5, 0.5, 1, 1.124, 7, 1e30]

    @Test func everyNumberLiesBetweenTheLimitsOfItsBucket() throws {
        let histogram = try #require(Histogram(of: numbers[...]))
        #expect(histogram.buckets.map(\.count).reduce(0, +) == numbers.count)
        var lower = -Double.infinity
        for (limit, count) in histogram.buckets {
            // 0 and −0 are one number, which its bucket begins with.
            let inside = numbers.count {
                let number = Double($0)
                return number < 0
                    ? number > lower && number <= limit
                    : number >= lower && number < limit
            }
            #expect(inside == count, "\(lower) to \(limit)")
            #expect(limit > lower)
            lower = limit
        }
    }

    @Test func limitsLieAnEighthApartAtMost() throws {
        let values = (0..<1000).map { Float(1 + 0.01 * Double($0)) }
        let limits = try #require(Histogram(of: values[...])).buckets.map(\.limit)
        for (lower, upper) in zip(limits, limits.dropFirst()) { #expect(upper <= lower * 1.125) }
    }

    @Test func sumsAreOfTheNumbers() throws {
        let histogram = try #require(Histogram(of: [1, 2, 4][...]))
        #expect(histogram.minimum == 1 && histogram.maximum == 4 && histogram.count == 3)
        #expect(histogram.sum == 7 && histogram.sumOfSquares == 21)
    }

    @Test func whatIsNotFiniteDoesNotCount() throws {
        let histogram = try #require(Histogram(of: [.nan, 1, .infinity][...]))
        #expect(histogram.count == 1 && histogram.maximum == 1)
        #expect(Histogram(of: [.nan, -.infinity][...]) == nil)
        #expect(Histogram(of: []) == nil)
    }

    @Test func theLargestNumbersHaveFiniteLimits() throws {
        let greatest = Float.greatestFiniteMagnitude
        let histogram = try #require(Histogram(of: [-greatest, greatest][...]))
        #expect(histogram.buckets.allSatisfy { $0.limit.isFinite })
        #expect(histogram.buckets.count == 3)
    }
}
