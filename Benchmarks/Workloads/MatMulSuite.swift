import NNGPU

/// Matrix products of the sizes that training uses, and square ones.
public enum MatMulSuite {
    /// One product.
    public struct Row: Codable, Sendable {
        /// What it is.
        public let name: String
        /// Rows of the result.
        public let m: Int
        /// Columns of the result.
        public let n: Int
        /// The length of the sums.
        public let k: Int
        /// Which operands are stored transposed, such as `NT`.
        public let layout: String
        /// The time of one product.
        public let time: Measurement
        /// The rate in GFLOP/s.
        public let gflops: Double
        /// The rate as a share of the device's measured peak; nil where none was measured.
        public let shareOfPeak: Double?
    }

    /// Forward, weight gradient and input gradient of 784-512-512-10 at batch 128; square products.
    private static let shapes = [
        ("forward 1", 128, 512, 784, "NT"), ("forward 2", 128, 512, 512, "NT"),
        ("forward 3", 128, 10, 512, "NT"), ("dW 1", 512, 784, 128, "TN"),
        ("dW 2", 512, 512, 128, "TN"), ("dX 2", 128, 512, 512, "NN"),
        ("square", 64, 64, 64, "NN"), ("square", 512, 512, 512, "NN"),
        ("square", 1024, 1024, 1024, "NN"), ("square", 2048, 2048, 2048, "NN"),
    ]

    /// Measures all products.
    public static func run(on backend: any Backend, peak: DevicePeak?) throws -> [Row] {
        try shapes.map { name, m, n, k, layout in
            let work = try MatMulWorkload(
                MatMulShape(m: m, n: n, k: k, layout: layout), on: backend)
            try work.check()
            let time = try Measurement.of(backend) { try work.run() }
            let flops = work.shape.flops / time.seconds
            return Row(
                name: name, m: m, n: n, k: k, layout: layout, time: time, gflops: flops * 1e-9,
                shareOfPeak: peak.map { flops / $0.flopsPerSecond })
        }
    }
}
