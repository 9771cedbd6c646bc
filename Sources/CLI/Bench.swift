import ArgumentParser
import Benchmarks
import Foundation
import NNGPU

/// `nngpu bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a device against its own limits.",
        discussion: """
            Suites: peak (the device's limits), matmul, step (whole training steps of \
            784-512-512-10). Without one, all of them run.

            Examples: nngpu bench
                      nngpu bench step --device 0 --batch-size 128 --optimizer adam --json
            """)

    enum Suite: String, CaseIterable, ExpressibleByArgument {
        case peak, matmul, step
    }

    @Argument(help: "The suite to run; all by default.")
    var suite: Suite?

    @OptionGroup var device: DeviceOption

    @Option(help: "The batch sizes of suite step, separated by commas.")
    var batchSize: IntegerList = IntegerList(StepSuite.batchSizes)

    @Option(help: "The optimizers of suite step, separated by commas.")
    var optimizer: OptimizerList = OptimizerList(values: [.momentum, .adam])

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: .hidden)
    var worker = false

    func run() throws {
        let backend = try device.open()
        if worker { return try BenchWorker.serve(on: backend, batchSize, optimizer) }
        guard suite != .peak || backend is OpenCLBackend else {
            throw ValidationError(
                "Suite peak measures an OpenCL device, and this is the reference: choose one of "
                    + "`nngpu devices`.")
        }
        Console.diagnose("device: \(backend.name)")
        let peak = try (backend as? OpenCLBackend)?.measurePeak()
        var report = Report(
            device: backend.name, driver: (backend as? OpenCLBackend)?.device.driverVersion,
            version: NNGPUCommand.configuration.version, peak: peak)
        if suite == nil || suite == .peak { present(peak) }
        if suite == nil || suite == .matmul {
            let rows = try MatMulSuite.run(on: backend, peak: peak)
            report.matmul = rows
            present(rows)
        }
        if suite == nil || suite == .step {
            let rows = try StepSuite.run(
                on: backend, batchSizes: batchSize.values, optimizers: optimizer.values, peak: peak)
            report.step = rows
            present(rows)
        }
        if json { try Console.printJSON(report) }
    }

    private struct Report: Encodable {
        let device: String
        let driver: String?
        let version: String
        let peak: DevicePeak?
        var matmul: [MatMulSuite.Row]?
        var step: [StepSuite.Row]?
    }

    // MARK: - Tables

    private func present(_ peak: DevicePeak?) {
        guard !json, let peak else { return }
        Console.print(
            """
            peak: \((peak.flopsPerSecond * 1e-9).formatted(decimals: 1)) GFLOP/s (fused multiply-adds), \
            \((peak.bytesPerSecond * 1e-9).formatted(decimals: 1)) GB/s (copy), \
            launch \(peak.launchSeconds.duration), round trip \(peak.roundTripSeconds.duration)

            """)
    }

    private func present(_ rows: [MatMulSuite.Row]) {
        guard !json else { return }
        let header = ["matmul", "m", "n", "k", "layout", "time", "GFLOP/s", "of peak"]
        let cells = rows.map { row in
            [
                row.name, String(row.m), String(row.n), String(row.k), row.layout,
                row.time.seconds.duration, row.gflops.formatted(decimals: 1),
                row.shareOfPeak.percent,
            ]
        }
        Console.print(Console.table([header] + cells) + "\n")
    }

    private func present(_ rows: [StepSuite.Row]) {
        guard !json else { return }
        let header = [
            "step", "batch", "time", "images/s", "GFLOP/s", "of peak", "host",
        ]
        let cells = rows.map { row in
            [
                row.optimizer, String(row.batch), row.time.seconds.duration,
                Int(row.imagesPerSecond).grouped, row.gflops.formatted(decimals: 1),
                row.shareOfPeak.percent, Optional(row.hostShare).percent,
            ]
        }
        Console.print(Console.table([header] + cells))
    }
}

extension Double? {
    /// A share as a percentage; a dash where there is none.
    fileprivate var percent: String { map { "\(($0 * 100).formatted(decimals: 1)) %" } ?? "—" }
}

/// The line protocol of `Benchmarks/peers`: for each line on stdin, one window and one JSON line.
enum BenchWorker {
    private struct Reply: Encodable {
        let imagesPerSecond: Double
        let device: String
    }

    static func serve(
        on backend: any Backend, _ batchSizes: IntegerList, _ optimizers: OptimizerList
    ) throws {
        guard batchSizes.values.count == 1, optimizers.values.count == 1 else {
            throw ValidationError("--worker takes one batch size and one optimizer.")
        }
        let step = try TrainingStep(
            batchSize: batchSizes.values[0], optimizer: optimizers.values[0], on: backend)
        while readLine() != nil {
            let start = ContinuousClock.now
            var count = 0
            repeat {
                for _ in 0..<10 { try step.run() }
                count += 10
                try backend.synchronize()
            } while ContinuousClock.now - start < .milliseconds(300)
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            let reply = Reply(
                imagesPerSecond: Double(count * step.batchSize) / seconds, device: backend.name)
            let line = try JSONEncoder().encode(reply)
            FileHandle.standardOutput.write(line + Data("\n".utf8))
        }
    }
}
