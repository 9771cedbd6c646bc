import NNGPU

/// The middle of many timings and how far they spread.
public struct Measurement: Codable, Sendable {
    /// The median, in seconds.
    public let seconds: Double
    /// The first quartile.
    public let lowerQuartile: Double
    /// The third quartile.
    public let upperQuartile: Double
    /// The number of timings.
    public let repetitions: Int

    /// Summarizes timings in seconds.
    public init(_ timings: [Double]) {
        let sorted = timings.sorted()
        func quantile(_ share: Double) -> Double {
            sorted.isEmpty ? .nan : sorted[Int((Double(sorted.count - 1) * share).rounded())]
        }
        seconds = quantile(0.5)
        lowerQuartile = quantile(0.25)
        upperQuartile = quantile(0.75)
        repetitions = timings.count
    }

    /// Times work on a backend after a warm-up, with the queue drained inside the timed region.
    ///
    /// - Parameters:
    ///   - backend: Where the work is queued.
    ///   - window: How long one timing should take, in seconds; the work is repeated to fill it.
    ///   - repetitions: The number of timings.
    ///   - work: What to time.
    /// - Returns: The time of one repetition of the work.
    /// - Throws: What the work throws.
    public static func of(
        _ backend: any Backend, window: Double = 0.05, repetitions: Int = 15,
        _ work: () throws -> Void
    ) throws -> Measurement {
        func time(_ count: Int) throws -> Double {
            let start = ContinuousClock.now
            for _ in 0..<count { try work() }
            try backend.synchronize()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        // Compilation, page faults and the driver's caches belong to the first two.
        _ = try time(1)
        let once = try time(2) / 2
        let count = max(1, Int(window / max(once, 1e-7)))
        return Measurement(try (0..<repetitions).map { _ in try time(count) / Double(count) })
    }
}
