import Foundation
import NNFiles
import NNGraph
import Synchronization

/// Batches that threads make of samples in memory or in files while the device computes.
///
/// Two batches are made ahead of the one that is wanted, so besides that one no more than these are held.
final class BatchStream {
    /// What is streamed.
    struct Part {
        let name: String
        let values: Features
        /// The number of numbers of a sample.
        let width: Int
    }

    /// How long somebody had to wait for batches that were not made yet, all in all.
    private(set) var waited = Duration.zero

    private let parts: [Part]
    private let batchSize: Int
    private var jobs: [Int: Job] = [:]
    // One batch after the other, each by all processors.
    private let queue = DispatchQueue(label: "nngpu.samples")

    /// How many batches are made ahead.
    static let depth = 2

    /// Prepares a stream of batches of at most so many samples.
    init(_ parts: [Part], batchSize: Int) {
        self.parts = parts
        self.batchSize = batchSize
    }

    deinit { jobs.values.forEach { $0.cancel() } }

    /// Memory for each part with the samples of a batch in the front.
    ///
    /// - Parameters:
    ///   - number: The batch.
    ///   - positions: The samples of a batch by its number; nil behind the last one.
    /// - Returns: The memory by the names of the parts.
    /// - Throws: ``DataError`` for samples that cannot be read.
    func batch(
        _ number: Int, positions: (Int) -> [Int32]?
    ) throws -> [(name: String, memory: HostMemory)] {
        let job = jobs.removeValue(forKey: number) ?? start(positions(number) ?? [])
        let next = number + 1...number + Self.depth
        for (other, job) in jobs where !next.contains(other) {
            job.cancel()
            jobs[other] = nil
        }
        for number in next where jobs[number] == nil {
            jobs[number] = positions(number).map(start)
        }
        let start = ContinuousClock.now
        let memories = try job.result()
        waited += ContinuousClock.now - start
        return zip(parts, memories).map { ($0.name, $1) }
    }

    private func start(_ positions: [Int32]) -> Job {
        let job = Job()
        queue.async { [parts, batchSize] in
            job.run { () throws(DataError) in
                try parts.map { part throws(DataError) in
                    let width = part.width * part.values.elementType.byteCount
                    let memory = HostMemory(byteCount: batchSize * width)
                    try part.values.copy(positions.map { Int($0) }, width: part.width, to: memory)
                    return memory
                }
            }
        }
        return job
    }

    /// A batch in the making.
    private final class Job: Sendable {
        private struct State {
            var isCancelled = false
            var result: Result<[HostMemory], DataError>?
        }

        private let state = Mutex(State())
        private let isDone = DispatchSemaphore(value: 0)

        func cancel() { state.withLock { $0.isCancelled = true } }

        func run(_ make: () throws(DataError) -> [HostMemory]) {
            defer { isDone.signal() }
            guard !state.withLock({ $0.isCancelled }) else { return }
            let result = Result(catching: make)
            state.withLock { $0.result = result }
        }

        /// Waits for the batch.
        func result() throws(DataError) -> [HostMemory] {
            isDone.wait()
            return try state.withLock { $0.result }?.get() ?? []
        }
    }
}
