import NNGPU

/// Work that is timed in windows of a given length, one at a time, as a driver asks for them.
public final class RepeatedWork {
    /// What one window showed.
    public struct Window: Sendable {
        /// The time of one repetition, in seconds, with the queue drained at the end.
        public let seconds: Double
        /// The time that the host spends on queueing one repetition, in seconds.
        public let hostSeconds: Double
        /// The number of repetitions.
        public let repetitions: Int
    }

    private let work: any Workload
    private let backend: any Backend
    private var secondsBefore: Double?

    /// Takes work that is to be repeated on a backend, after checking its results.
    public init(_ work: any Workload, on backend: any Backend) throws {
        self.work = work
        self.backend = backend
        try work.check()
        try backend.synchronize()
    }

    /// Repeats the work for about so many seconds.
    public func window(of seconds: Double) throws -> Window {
        let once = try secondsBefore ?? (0..<3).map { _ in try time(1).seconds }.min() ?? seconds
        let window = try time(max(1, Int((seconds / max(once, 1e-7)).rounded())))
        secondsBefore = window.seconds
        return window
    }

    private func time(_ count: Int) throws -> Window {
        let start = ContinuousClock.now
        for _ in 0..<count { try work.run() }
        let queued = ContinuousClock.now
        try backend.synchronize()
        let end = ContinuousClock.now
        return Window(
            seconds: (end - start) / .seconds(1) / Double(count),
            hostSeconds: (queued - start) / .seconds(1) / Double(count), repetitions: count)
    }
}
