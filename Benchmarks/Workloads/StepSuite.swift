import NNGPU

/// Whole training steps at several batch sizes.
public enum StepSuite {
    /// The batch sizes that are measured by default.
    public static let batchSizes = [32, 128, 512, 2048]

    /// One kind of step.
    public struct Row: Codable, Sendable {
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
        /// The share of the step's time that the host spends on queueing it.
        public let hostShare: Double
    }

    /// Measures the steps.
    public static func run(
        on backend: any Backend, batchSizes: [Int], optimizers: [OptimizerName], peak: DevicePeak?
    ) throws -> [Row] {
        try batchSizes.flatMap { batchSize in
            try optimizers.map { optimizer in
                let step = try TrainingStep(
                    batchSize: batchSize, optimizer: optimizer, on: backend)
                var host: [Double] = []
                let time = try Measurement.of(backend, window: 0.2, repetitions: 11) {
                    let start = ContinuousClock.now
                    try step.run()
                    host.append((ContinuousClock.now - start) / .seconds(1))
                }
                let flops = step.flops / time.seconds
                return Row(
                    batch: batchSize, optimizer: optimizer.rawValue, time: time,
                    imagesPerSecond: Double(batchSize) / time.seconds, gflops: flops * 1e-9,
                    shareOfPeak: peak.map { flops / $0.flopsPerSecond },
                    hostShare: Measurement(host).seconds / time.seconds)
            }
        }
    }
}
