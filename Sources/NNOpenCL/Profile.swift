import NNGraph

/// One launch of a compiled graph as it ran on the device.
public struct LaunchProfile: Sendable, Codable {
    /// The operations that it computes, in order, such as `matmul 128×512×784·add·relu`; several
    /// kernels that run side by side stand between ampersands.
    public let label: String
    /// The kernels that run side by side in the launch, in no order.
    public var kernels: [String] {
        label.split(separator: Chain.separator).map { String($0) }
    }
    /// The bytes that it has to read and write at least.
    public let bytes: Int
    /// The floating-point operations that it has to do; nothing is known of transcendental ones,
    /// which count as one.
    public let flops: Int
    /// The median time from the end of the launch before to its own end, in seconds.
    ///
    /// The times of all launches so add up to the time of the run.
    public let seconds: Double
}

extension OpenCLBackend {
    /// Runs a compiled graph many times and tells how long each of its launches took.
    ///
    /// - Parameters:
    ///   - executable: A graph that this backend has compiled; its updates take place.
    ///   - runs: The number of runs whose median counts, at least 1.
    /// - Returns: The launches in their order.
    /// - Throws: ``OpenCLError``; an error that says so if the backend was opened without profiling.
    public func profile(_ executable: any Executable, runs: Int = 21) throws -> [LaunchProfile] {
        guard let executable = executable as? OpenCLExecutable else { return [] }
        // Compilation, page faults and the driver's caches belong to the first two.
        for _ in 0..<2 { try executable.run() }
        let timings = try (0..<max(1, runs)).map { _ in try executable.timedRun() }
        return executable.commands.enumerated().map { index, command in
            let sorted = timings.map { $0[index] }.sorted()
            return LaunchProfile(
                label: command.label, bytes: command.cost.bytes, flops: command.cost.flops,
                seconds: sorted[sorted.count / 2])
        }
    }
}

extension OpenCLExecutable {
    /// Runs once and returns the time that each command added, in seconds.
    fileprivate func timedRun() throws -> [Double] {
        let events = try commands.map { try $0.enqueueProfiled(on: queue) }
        try queue.finish()
        let times = try events.map { try $0.times() }
        return times.indices.map { index in
            let start = index == 0 ? times[0].started : times[index - 1].ended
            return Double(times[index].ended - min(start, times[index].ended)) * 1e-9
        }
    }
}
