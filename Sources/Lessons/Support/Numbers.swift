import Charts
import Foundation

extension Double {
    /// The number with three significant digits, as people write it: 0.123, 45.6, 7.89·10⁻⁶.
    var short: String { Typography.number(self) }

    /// The share as a percentage with one decimal.
    var percent: String { (self * 100).fixed(1) + "\u{A0}%" }
}

/// Summaries of several numbers.
enum Statistics {
    /// The middle one, which a few outliers do not move; NaN of nothing.
    static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        guard let middle = sorted.dropFirst(sorted.count / 2).first else { return .nan }
        return sorted.count % 2 == 1 ? middle : (middle + sorted[sorted.count / 2 - 1]) / 2
    }

    /// `Σ x / n`.
    static func mean(_ numbers: [Double]) -> Double {
        numbers.reduce(0, +) / Double(numbers.count)
    }

    /// `√(Σ x² / n)`.
    static func rootMeanSquare(_ numbers: [Double]) -> Double {
        (numbers.map { $0 * $0 }.reduce(0, +) / Double(numbers.count)).squareRoot()
    }

    /// The slope of the straight line that fits log y against log x best.
    static func logarithmicSlope(_ points: [Point]) -> Double {
        let (xs, ys) = (points.map { log($0.x) }, points.map { log($0.y) })
        let (meanX, meanY) = (
            xs.reduce(0, +) / Double(xs.count), ys.reduce(0, +) / Double(ys.count)
        )
        let products = zip(xs, ys).map { ($0 - meanX) * ($1 - meanY) }.reduce(0, +)
        return products / xs.map { ($0 - meanX) * ($0 - meanX) }.reduce(0, +)
    }
}

/// Measures times on a machine that others use too.
enum Stopwatch {
    /// The median time of an action in seconds, over rounds that take a tenth of a second in all.
    ///
    /// The first call is not timed: compilation and page faults belong to it. Short actions are
    /// repeated within a round, so that the clock has something to measure; long ones get three
    /// rounds.
    static func median(_ action: () throws -> Void) rethrows -> Double {
        func seconds(_ repetitions: Int) throws -> Double {
            let start = ContinuousClock.now
            for _ in 0..<repetitions { try action() }
            return (ContinuousClock.now - start) / .seconds(1)
        }
        try action()
        let once = max(try seconds(1), 1e-9)
        let repetitions = max(1, min(100, Int(0.005 / once)))
        let rounds = max(3, min(15, Int(0.1 / (once * Double(repetitions)))))
        return Statistics.median(
            try (0..<rounds).map { _ in try seconds(repetitions) / Double(repetitions) })
    }
}

extension Double {
    /// The number with a fixed count of decimals and a real minus sign.
    func fixed(_ decimals: Int) -> String {
        Typography.minus(String(format: "%.\(decimals)f", self))
    }
}
