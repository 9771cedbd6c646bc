/// What a device can do at most, as measured on this machine.
public struct DevicePeak: Sendable, Codable, Equatable {
    /// The rate of independent fused multiply-adds in registers, in FLOP/s.
    public let flopsPerSecond: Double
    /// The rate of copying 64 MiB to another place, read plus written, in bytes/s.
    public let bytesPerSecond: Double
    /// The time of one kernel that does nothing, in seconds, with many enqueued at once.
    public let launchSeconds: Double
    /// The time from enqueueing one kernel until the host knows it has run, in seconds.
    public let roundTripSeconds: Double

    /// The time that a launch needs at least: that of its arithmetic or of its bytes, whichever is longer.
    public func bound(flops: Int, bytes: Int) -> Double {
        max(Double(flops) / flopsPerSecond, Double(bytes) / bytesPerSecond)
    }
}

extension OpenCLBackend {
    /// Measures the limits of the device, in about two seconds.
    ///
    /// Rates are the best of many short windows, since neighbors on the machine can only take away;
    /// times are medians.
    ///
    /// - Returns: The limits against which every other figure is a share.
    /// - Throws: ``OpenCLError``.
    public func measurePeak() throws -> DevicePeak {
        DevicePeak(
            flopsPerSecond: try measureFlops(), bytesPerSecond: try measureBandwidth(),
            launchSeconds: try median(of: 15, repeating: 200),
            roundTripSeconds: try median(of: 101, repeating: 1))
    }

    private func measureFlops() throws -> Double {
        let (items, local, width) = kernels.peakRange
        let output = try context.pool.allocate(byteCount: 4 * items * width)
        let chains = 12.0
        var rounds = 1000.0
        func launch() throws -> Launch {
            try kernels.peakLaunch(
                "peak_fma", global: items, local: local,
                [output, Float(0.999), UInt32(rounds)])
        }
        func seconds(_ launch: Launch) throws -> Double {
            try time { try context.queue.enqueue(launch) }
        }
        // The first run compiles; then windows of about 20 ms.
        _ = try seconds(launch())
        rounds = min(1e8, max(1, rounds * 0.02 / max(1e-6, try seconds(launch()))))
        let timed = try launch()
        let best = try (0..<25).map { _ in try seconds(timed) }.min() ?? .infinity
        return 2 * chains * Double(width * items) * rounds.rounded(.down) / best
    }

    private func measureBandwidth() throws -> Double {
        let count = min(16 << 20, device.maximumAllocationBytes / 8)
        let source = try context.pool.allocate(byteCount: 4 * count)
        let target = try context.pool.allocate(byteCount: 4 * count)
        try context.queue.fill(source, with: Float(1))
        let launch = try kernels.peakCopy(from: source, to: target, count: count)
        _ = try time { try context.queue.enqueue(launch) }
        let best = try (0..<15).map { _ in try time { try context.queue.enqueue(launch) } }.min()
        return 8 * Double(count) / (best ?? .infinity)
    }

    /// The median over many measurements of the time that one empty kernel takes.
    private func median(of measurements: Int, repeating count: Int) throws -> Double {
        let buffer = try context.pool.allocate(byteCount: 4)
        let launch = try kernels.peakLaunch("peak_launch", global: 1, local: 1, [buffer])
        let times = try (0..<measurements).map { _ in
            try time { for _ in 0..<count { try context.queue.enqueue(launch) } } / Double(count)
        }
        return times.sorted()[measurements / 2]
    }

    private func time(_ work: () throws -> Void) throws -> Double {
        let start = ContinuousClock.now
        try work()
        try context.queue.finish()
        return (ContinuousClock.now - start) / .seconds(1)
    }
}

extension KernelLibrary {
    /// Work-items, workgroup size and vector width that saturate the arithmetic units.
    fileprivate var peakRange: (items: Int, local: Int, width: Int) {
        switch form {
        case .serial: (desiredParallelism, 1, vectorWidth)
        case .workgroup:
            (device.computeUnits * 8 * workgroupSize, workgroupSize, vectorWidth)
        }
    }

    /// A launch of one of the kernels that measure limits.
    fileprivate func peakLaunch(
        _ name: String, global: Int, local: Int, _ arguments: [any KernelArgument]
    ) throws -> Launch {
        let texts = KernelFile.peak.needed.map(\.text) + [KernelFile.peak.text(withOnly: name)]
        return try program(named: name, source: texts.joined()).launch(
            name, global: [global], local: [local], arguments: arguments)
    }

    /// A launch that copies numbers from one memory to another.
    fileprivate func peakCopy(from source: Buffer, to target: Buffer, count: Int) throws -> Launch {
        let (items, local, _) = peakRange
        return try peakLaunch(
            form == .serial ? "peak_copy" : "peak_copy_workgroup", global: items, local: local,
            [source, target, UInt32(count)])
    }
}
