import Benchmarks
import NNGPU

/// What `nngpu bench --json` prints; a suite that did not run has no member.
struct BenchReport: Encodable {
    /// The device.
    let device: String
    /// The version of its driver.
    let driver: String?
    /// The version of the tool.
    let version: String
    /// The device's limits; none for the reference.
    let peak: DevicePeak?
    var matmul: [MatMulSuite.Row]?
    var kernels: [KernelSuite.Row]?
    var convolutions: [ConvolutionSuite.Row]?
    var step: [StepSuite.Row]?
    var train: [TrainRow]?
    var compile: [CompileSuite.Row]?
    /// The rows that the file of `--baseline` has too.
    var baseline: [BaselineRow]?
}

/// A row measured now beside the same row of an earlier run.
struct BaselineRow: Encodable {
    /// The suite.
    let suite: String
    /// What identifies the row in its suite.
    let row: String
    /// The time of the earlier run, in seconds.
    let baselineSeconds: Double
    /// The time now, in seconds.
    let seconds: Double
    /// The earlier time by the time now: above 1 is faster than it was.
    let ratio: Double
}
