import Benchmarks
import NNGPU

/// The results of `nngpu bench` as people read them.
enum BenchTables {
    static func peak(_ peak: DevicePeak) -> String {
        """
        peak: \((peak.flopsPerSecond * 1e-9).formatted(decimals: 1)) GFLOP/s (fused multiply-adds), \
        \((peak.bytesPerSecond * 1e-9).formatted(decimals: 1)) GB/s (copy), \
        launch \(peak.launchSeconds.duration), round trip \(peak.roundTripSeconds.duration)
        """
    }

    static func table(_ rows: [MatMulSuite.Row]) -> String {
        let header = ["matmul", "m", "n", "k", "layout", "time", "quartiles", "GFLOP/s", "of peak"]
        let cells = rows.map { row in
            [
                row.name, String(row.m), String(row.n), String(row.k), row.layout,
                row.time.seconds.duration, row.time.quartiles, row.gflops.formatted(decimals: 1),
                row.shareOfPeak.percent,
            ]
        }
        return Console.table([header] + cells)
    }

    static func table(_ rows: [KernelSuite.Row]) -> String {
        let header = ["kernels", "rows", "columns", "time", "quartiles", "MB", "GB/s", "of copy"]
        let cells = rows.map { row in
            [
                row.name, String(row.rows), String(row.columns), row.time.seconds.duration,
                row.time.quartiles, (row.bytes * 1e-6).formatted(decimals: 2),
                row.gigabytesPerSecond.formatted(decimals: 1), row.shareOfCopy.percent,
            ]
        }
        return Console.table([header] + cells)
    }

    static func table(_ rows: [ConvolutionSuite.Row]) -> String {
        let header = ["convolution", "batch", "time", "quartiles", "GFLOP/s", "of peak"]
        let cells = rows.map { row in
            [
                row.convolution.label, String(row.convolution.batch), row.time.seconds.duration,
                row.time.quartiles, row.gflops.formatted(decimals: 1), row.shareOfPeak.percent,
            ]
        }
        return Console.table([header] + cells)
    }

    static func table(_ rows: [StepSuite.Row]) -> String {
        let header = [
            "step", "batch", "optimizer", "time", "quartiles", "images/s", "GFLOP/s", "of peak",
            "host", "of step", "launches", "bare",
        ]
        let cells = rows.map { row in
            [
                row.model, String(row.batch), row.optimizer, row.time.seconds.duration,
                row.time.quartiles, Int(row.imagesPerSecond).grouped,
                row.gflops.formatted(decimals: 1), row.shareOfPeak.percent,
                row.hostSeconds.duration, Optional(row.hostShare).percent,
                row.launches.map(String.init) ?? "—", row.bareLaunchSeconds?.duration ?? "—",
            ]
        }
        return Console.table([header] + cells)
    }

    static func table(_ rows: [CompileSuite.Row]) -> String {
        let header = ["graph", "operations", "compiled in", "memory", "launches", "run"]
        return Console.table(
            [header]
                + rows.map { row in
                    [
                        row.graph, row.operations.grouped, row.seconds.duration,
                        "\((Double(row.memoryBytes) / 1e6).formatted(decimals: 0)) MB",
                        row.launches.map { String($0) } ?? "", row.runSeconds.duration,
                    ]
                })
    }

    static func table(_ rows: [TrainRow]) -> String {
        let header = [
            "train", "batch", "optimizer", "time", "of it training", "epochs", "steps", "accuracy",
            "peak memory",
        ]
        let cells = rows.map { row in
            [
                row.model, String(row.batch), row.optimizer, row.seconds.duration,
                row.trainingSeconds.duration, String(row.epochs), row.steps.grouped,
                Optional(row.accuracy).percent + (row.isReached ? "" : " (not enough)"),
                "\((row.peakResidentBytes >> 20).grouped) MiB",
            ]
        }
        return Console.table([header] + cells)
    }

    static func table(_ rows: [BaselineRow]) -> String {
        guard !rows.isEmpty else { return "baseline: it has none of these rows" }
        let header = ["baseline", "row", "before", "now", "ratio"]
        let cells = rows.map { row in
            [
                row.suite, row.row, row.baselineSeconds.duration, row.seconds.duration,
                "\(row.ratio.formatted(decimals: 2)) ×",
            ]
        }
        return Console.table([header] + cells)
    }
}

extension Measurement {
    /// The quartiles in the units that suit them.
    fileprivate var quartiles: String { "\(lowerQuartile.duration) to \(upperQuartile.duration)" }
}

extension Double? {
    /// A share as a percentage; a dash where there is none.
    fileprivate var percent: String { map { "\(($0 * 100).formatted(decimals: 1)) %" } ?? "—" }
}
