import NNGPU

/// The products of single convolutions.
public enum ConvolutionSuite {
    /// One product.
    public struct Row: Codable, Sendable {
        /// What is computed.
        public let convolution: ConvolutionCase
        /// The time of one product.
        public let time: Measurement
        /// The rate in GFLOP/s.
        public let gflops: Double
        /// The rate as a share of the device's measured peak; nil where none was measured.
        public let shareOfPeak: Double?
    }

    /// Measures the products whose label contains `filter`, or all of them.
    public static func run(
        on backend: any Backend, filter: String?, peak: DevicePeak?
    ) throws -> [Row] {
        try ConvolutionCase.all.filter { row in filter.map(row.label.contains) ?? true }.map {
            let work = try ConvolutionWorkload($0, on: backend)
            try work.check()
            let time = try Measurement.of(backend) { try work.run() }
            let flops = $0.flops / time.seconds
            return Row(
                convolution: $0, time: time, gflops: flops * 1e-9,
                shareOfPeak: peak.map { flops / $0.flopsPerSecond })
        }
    }
}
