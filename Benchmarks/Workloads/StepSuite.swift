import NNGPU

/// Whole training steps of several networks at several batch sizes.
public enum StepSuite {
    /// One kind of step.
    public struct Row: Codable, Sendable {
        /// The network: a name in ``StepModel/names``, a preset or a file.
        public let model: String
        /// The samples of one step.
        public let batch: Int
        /// The optimizer.
        public let optimizer: String
        /// The time of one step.
        public let time: Measurement
        /// Samples per second.
        public let imagesPerSecond: Double
        /// The rate of the step's matrix products in GFLOP/s.
        public let gflops: Double
        /// That rate as a share of the device's measured peak; nil where none was measured.
        public let shareOfPeak: Double?
        /// The time that the host spends on queueing one step, in seconds.
        public let hostSeconds: Double
        /// The same as a share of the step's time.
        public let hostShare: Double
        /// The kernels and matrix products of one step; nil for the reference, which has none.
        public let launches: Int?
        /// What as many launches of an empty kernel take, in seconds: a bound for any step of so
        /// many; nil where launches were not measured.
        public let bareLaunchSeconds: Double?
    }

    /// Measures the steps of one network.
    ///
    /// - Parameters:
    ///   - model: The network.
    ///   - batchSizes: The samples of a step; each is measured with each optimizer.
    ///   - optimizers: The update rules.
    ///   - peak: The device's limits, where they were measured.
    ///   - backend: Where to measure.
    /// - Returns: A row for each batch size and optimizer.
    /// - Throws: ``BenchmarkError``, and what the backend throws.
    public static func run(
        _ model: StepModel, batchSizes: [Int], optimizers: [OptimizerName], peak: DevicePeak?,
        on backend: any Backend
    ) throws -> [Row] {
        try batchSizes.flatMap { batchSize in
            try optimizers.map { optimizer in
                let step = try StepWorkload(
                    model, batchSize: batchSize, optimizer: optimizer, on: backend)
                try step.check()
                let launches = try launches(of: step, on: backend)
                var host: [Double] = []
                let time = try Measurement.of(backend, window: 0.2, repetitions: 11) {
                    let start = ContinuousClock.now
                    try step.run()
                    host.append((ContinuousClock.now - start) / .seconds(1))
                }
                let flops = step.flops / time.seconds
                let hostSeconds = Measurement(host).seconds
                return Row(
                    model: model.name, batch: batchSize, optimizer: optimizer.rawValue,
                    time: time, imagesPerSecond: Double(batchSize) / time.seconds,
                    gflops: flops * 1e-9, shareOfPeak: peak.map { flops / $0.flopsPerSecond },
                    hostSeconds: hostSeconds, hostShare: hostSeconds / time.seconds,
                    launches: launches,
                    bareLaunchSeconds: peak.flatMap { peak in
                        launches.map { Double($0) * peak.launchSeconds }
                    })
            }
        }
    }

    /// How much one step asks of the device; nil for the reference.
    public static func launches(of step: StepWorkload, on backend: any Backend) throws -> Int? {
        guard let backend = backend as? OpenCLBackend else { return nil }
        let before = backend.statistics.launches
        try step.run()
        return backend.statistics.launches - before
    }
}
