import Foundation
import NNGPU
import Testing

@Suite(.enabled(if: !Device.all.isEmpty)) struct BenchTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    @Test func peak() throws {
        let report = try workspace.decode(Schema.Bench.self, "bench peak --json")
        let peak = try #require(report.peak)
        #expect(peak.flopsPerSecond > 1e8 && peak.bytesPerSecond > 1e8)
        #expect(peak.launchSeconds > 0 && peak.roundTripSeconds >= peak.launchSeconds * 0.5)
        #expect(report.step == nil)
        #expect(report.device.contains(Device.all[0].name))
        #expect(report.driver == Device.all[0].driverVersion)
        #expect(try workspace.succeed("bench peak").contains("GFLOP/s"))
    }

    @Test func step() throws {
        let report = try workspace.decode(
            Schema.Bench.self, "bench step --batch-size 32 --optimizer sgd --json")
        let rows = try #require(report.step)
        #expect(rows.map(\.batch) == [32] && rows.map(\.optimizer) == ["sgd"])
        let row = rows[0]
        #expect(row.imagesPerSecond > 0)
        // The rates are all of one measurement.
        let rate = row.imagesPerSecond * row.time.seconds
        #expect(Swift.abs(rate - 32) < 1e-6)
        let flopsOfAnImage = row.gflops * 1e9 / row.imagesPerSecond
        #expect(Swift.abs(flopsOfAnImage - 3_209_216) < 1)
        let share = try #require(row.shareOfPeak)
        #expect(share > 0 && share < 1.5)
        #expect(row.hostShare > 0 && row.hostShare <= 1.5)
        #expect(row.time.lowerQuartile <= row.time.seconds)
        #expect(row.time.seconds <= row.time.upperQuartile)
    }

    @Test func aWorkerAnswersEachLineWithOne() throws {
        let pipe = Pipe()
        let run = try ToolRun(
            "bench step --worker --batch-size 8 --optimizer momentum", in: workspace,
            input: pipe.fileHandleForReading)
        for count in 1...3 {
            pipe.fileHandleForWriting.write(Data("go\n".utf8))
            try run.wait { run.stdout.filter { $0 == "\n" }.count == count }
        }
        try pipe.fileHandleForWriting.close()
        let outcome = try run.outcome()
        #expect(outcome.code == 0 && outcome.stderr == "")
        let replies = try outcome.stdout.split(separator: "\n").map {
            try JSONDecoder().decode(Schema.WorkerReply.self, from: Data($0.utf8))
        }
        #expect(replies.count == 3)
        #expect(replies.allSatisfy { $0.imagesPerSecond > 0 })
        #expect(replies.allSatisfy { $0.device.contains(Device.all[0].name) })
    }
}
