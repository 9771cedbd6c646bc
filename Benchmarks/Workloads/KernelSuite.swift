import NNGPU

/// The computations of a training step that are not matrix products, most of them limited by memory.
public enum KernelSuite {
    /// One computation.
    public struct Row: Codable, Sendable {
        /// What is computed, such as `row-sum`.
        public let name: String
        /// The rows; 1 for an optimizer.
        public let rows: Int
        /// The columns.
        public let columns: Int
        /// The time of one run.
        public let time: Measurement
        /// The bytes that have to be read and written at least.
        public let bytes: Double
        /// These bytes by the time, in GB/s; more than memory can do where a cache holds the data.
        public let gigabytesPerSecond: Double
        /// The same as a share of the device's measured rate of copying; nil where none was measured.
        public let shareOfCopy: Double?
    }

    /// Measures the computations whose label contains `filter`, or all of them.
    public static func run(
        on backend: any Backend, filter: String?, peak: DevicePeak?
    ) throws -> [Row] {
        try KernelCase.all.filter { kernel in filter.map(kernel.label.contains) ?? true }.map {
            kernel in
            let work = try KernelWorkload(kernel, on: backend)
            try work.check()
            let time = try Measurement.of(backend) { try work.run() }
            let rate = kernel.bytes / time.seconds
            return Row(
                name: kernel.name.rawValue, rows: kernel.rows, columns: kernel.columns, time: time,
                bytes: kernel.bytes, gigabytesPerSecond: rate * 1e-9,
                shareOfCopy: peak.map { rate / $0.bytesPerSecond })
        }
    }
}
