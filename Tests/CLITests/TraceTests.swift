import Foundation
import NNGPU
import Testing

/// A trace as a viewer reads it.
private struct Trace: Decodable {
    struct Event: Decodable {
        struct Details: Decodable {
            let name: String?
            let step, bytes, flops: Int?
        }
        let name, ph: String
        let pid, tid: Int
        let cat: String?
        let ts, dur: Double?
        let args: Details

        var end: Double { (ts ?? 0) + (dur ?? 0) }
    }

    let traceEvents: [Event]
    let displayTimeUnit: String

    /// The spans of one lane, by its name.
    func spans(in lane: String) throws -> [Event] {
        let name = try #require(
            traceEvents.first { $0.name == "thread_name" && $0.args.name == lane })
        return traceEvents.filter { $0.ph == "X" && ($0.pid, $0.tid) == (name.pid, name.tid) }
    }
}

@Suite struct TraceTests {
    private let workspace: Workspace
    private let line =
        "train --data moons --hidden 32 --batch-size 100 --no-tune --quiet --trace trace.json"

    init() throws { workspace = try Workspace() }

    private func trace() throws -> Trace {
        try JSONDecoder().decode(Trace.self, from: workspace.data("trace.json"))
    }

    @Test(arguments: testedDevices)
    func theHostsLanesAreComplete(device: String) throws {
        try workspace.succeed(
            "\(line) --epochs 4 --trace-steps 20 --checkpoint run --every 5 --device \(device)")
        let trace = try trace()
        #expect(trace.traceEvents.allSatisfy { ["M", "X"].contains($0.ph) })
        let spans = trace.traceEvents.filter { $0.ph == "X" }
        #expect(spans.allSatisfy { ($0.ts ?? -1) >= 0 && ($0.dur ?? -1) >= 0 })
        #expect(zip(spans, spans.dropFirst()).allSatisfy { ($0.ts ?? 0) <= ($1.ts ?? 0) })

        let training = try trace.spans(in: "training")
        // Two steps warm up.
        #expect(training.filter { $0.name == "step" }.map(\.args.step) == Array(3...22))
        #expect(training.filter { $0.name == "batch" }.count == 20)
        #expect(training.filter { $0.name == "evaluation" }.map(\.args.step) == [10, 20])
        #expect(training.filter { $0.name == "order of the samples" }.count == 2)
        #expect(training.contains { $0.name == "wait for losses" })
        // Spans of one lane contain each other or follow each other.
        for (span, next) in zip(training, training.dropFirst()) {
            #expect(next.end <= span.end + 0.001 || (next.ts ?? 0) >= span.end - 0.001)
        }
        let writes = try trace.spans(in: "checkpoint writer")
        #expect(writes.allSatisfy { $0.name == "write a checkpoint" })
        #expect(writes.map(\.args.step).starts(with: [5, 10, 15]))
    }

    @Test(.enabled(if: !Device.all.isEmpty))
    func theQueueRunsWhatTheStepsEnqueue() throws {
        let text = try workspace.succeed("\(line) --steps 9 --trace-steps 5")
        let trace = try trace()
        let queue = try trace.spans(in: "queue")
        let launches = queue.filter { $0.cat == "launch" }
        #expect(launches.contains { $0.name.hasPrefix("matmul") })
        #expect(queue.contains { $0.name == "copy" && $0.cat == "transfer" })
        // An in-order queue runs one command after the other.
        #expect(zip(queue, queue.dropFirst()).allSatisfy { $0.end <= ($1.ts ?? 0) + 0.001 })
        // Both clocks agree: nothing runs before the first recorded step is enqueued.
        let steps = try trace.spans(in: "training").filter { $0.name == "step" }
        #expect(try #require(queue.first?.ts) >= (try #require(steps.first?.ts)) - 50)

        // The table sums up the same commands.
        let rows = text.matches(of: /(?m)^(\S.*?)…? {2,}([\d,]+)  +[\d.]+ [nµm]?s/)
        #expect(text.contains("of bound") && text.contains("in 5 steps"))
        #expect(rows.count == Set(queue.map(\.name)).count)
        for row in rows {
            let calls = Int(row.2.replacing(",", with: ""))
            // A long name is cut off, and two may then begin alike.
            let alike = rows.filter { $0.1 == row.1 }.count
            let spans = queue.count {
                $0.name == row.1 || $0.name.hasPrefix(row.1) && row.1.count == 47
            }
            #expect(alike > 1 || calls == spans, "\(row.1)")
        }
    }

    @Test func aTrainingOfOneStepHasATraceWithoutSpans() throws {
        try workspace.succeed("\(line) --steps 1")
        #expect(try trace().traceEvents.allSatisfy { $0.ph == "M" })
    }

    @Test func theBitsAreTheSameAndTheTraceIsThereEarly() throws {
        try workspace.succeed("\(line) --steps 30 --save traced.safetensors --trace-steps 9")
        try workspace.succeed(
            "\(line.replacing("--trace trace.json", with: "")) --steps 30 --save m.safetensors")
        #expect(try workspace.data("traced.safetensors") == workspace.data("m.safetensors"))
        try FileManager.default.removeItem(at: workspace.url.appending(path: "trace.json"))
        let run = try ToolRun("\(line) --epochs 1000000000 --trace-steps 9", in: workspace)
        try run.wait { workspace.exists("trace.json") }
        run.send(SIGKILL)
        _ = try run.outcome()
        #expect(try trace().spans(in: "training").count { $0.name == "step" } == 9)
    }
}
