import NNGPU

/// Where a device's time went, summed up by kind of command.
struct DeviceUsage {
    fileprivate struct Sum {
        var calls = 0
        var seconds = 0.0
        var flops = 0, bytes = 0
    }

    /// The steps that the commands belong to, evaluations among them included.
    var steps = 0
    private var sums: [String: Sum] = [:]
    private var span: (start: ContinuousClock.Instant, end: ContinuousClock.Instant)?

    var commandCount: Int { sums.values.reduce(0) { $0 + $1.calls } }

    mutating func add(_ command: RecordedCommand) {
        sums[command.label, default: Sum()].add(command)
        span = (
            min(span?.start ?? command.start, command.start),
            max(span?.end ?? command.end, command.end)
        )
    }

    /// A line for each kind of command, by falling time.
    ///
    /// `of bound` is the time that its arithmetic or its bytes take at least, over the time it took.
    func table(against peak: DevicePeak) -> String {
        let busy = sums.values.reduce(0) { $0 + $1.seconds }
        let rows = sums.sorted { ($1.value.seconds, $0.key) < ($0.value.seconds, $1.key) }
            .map { label, sum in
                let bound = peak.bound(flops: sum.flops, bytes: sum.bytes)
                return [
                    Self.shortened(label), sum.calls.grouped, sum.seconds.duration,
                    percent(sum.seconds, of: busy),
                    percent(bound, of: sum.seconds), rate(sum.flops, in: sum.seconds),
                    rate(sum.bytes, in: sum.seconds),
                ]
            }
        let header = ["command", "calls", "time", "share", "of bound", "GFLOP/s", "GB/s"]
        let whole = span.map { ($0.end - $0.start) / .seconds(1) } ?? 0
        return Console.table([header] + rows)
            + "\n\nthe device computed for \(busy.duration) of \(whole.duration) "
            + "(\(percent(busy, of: whole))) in \(steps.grouped) steps; it can do "
            + "\((peak.flopsPerSecond * 1e-9).formatted(decimals: 0)) GFLOP/s and "
            + "\((peak.bytesPerSecond * 1e-9).formatted(decimals: 1)) GB/s"
    }

    /// The optimizer's arithmetic in an epilogue would make a line too long to read.
    private static func shortened(_ label: String) -> String {
        label.count > 48 ? "\(label.prefix(47))…" : label
    }

    private func percent(_ part: Double, of whole: Double) -> String {
        whole > 0 ? "\((part / whole * 100).formatted(decimals: 0)) %" : "—"
    }

    private func rate(_ count: Int, in seconds: Double) -> String {
        count > 0 && seconds > 0
            ? (Double(count) / seconds * 1e-9).formatted(decimals: 1) : "—"
    }
}

extension DeviceUsage.Sum {
    fileprivate mutating func add(_ command: RecordedCommand) {
        calls += 1
        seconds += (command.end - command.start) / .seconds(1)
        flops += command.flops
        bytes += command.bytes
    }
}
