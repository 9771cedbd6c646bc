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
        #expect(report.step == nil && report.kernels == nil && report.train == nil)
        #expect(report.baseline == nil)
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
        #expect(row.model == "default")
        #expect(row.imagesPerSecond > 0)
        // The rates are all of one measurement.
        let rate = row.imagesPerSecond * row.time.seconds
        #expect(Swift.abs(rate - 32) < 1e-6)
        let flopsOfAnImage = row.gflops * 1e9 / row.imagesPerSecond
        #expect(Swift.abs(flopsOfAnImage - 3_209_216) < 1)
        let share = try #require(row.shareOfPeak)
        #expect(share > 0 && share < 1.5)
        #expect(row.hostShare > 0 && row.hostShare <= 1.5)
        #expect(Swift.abs(row.hostSeconds / row.time.seconds - row.hostShare) < 1e-9)
        #expect(row.time.lowerQuartile <= row.time.seconds)
        #expect(row.time.seconds <= row.time.upperQuartile)
    }

    /// Each network has a batch size of its own and is as large as its help says.
    @Test func networks() throws {
        let report = try workspace.decode(
            Schema.Bench.self, "bench step --model tiny,deep --optimizer momentum --json")
        let rows = try #require(report.step)
        #expect(rows.map(\.model) == ["tiny", "deep"] && rows.map(\.batch) == [1, 128])
        let products = [8 * 8 * 2 + 8 * 2 * 3, 784 * 256 * 2 + (7 * 256 * 256 + 256 * 10) * 3]
        for (row, product) in zip(rows, products) {
            let flops = row.gflops * 1e9 * row.time.seconds
            #expect(Swift.abs(flops - Double(2 * row.batch * product)) < 1e-3 * flops)
            let launches = try #require(row.launches)
            let (bare, peak) = (try #require(row.bareLaunchSeconds), try #require(report.peak))
            #expect(launches > 0)
            #expect(Swift.abs(bare - Double(launches) * peak.launchSeconds) < 1e-9)
        }
    }

    @Test func kernels() throws {
        let report = try workspace.decode(
            Schema.Bench.self, "bench kernels --filter 128x10 --json")
        let rows = try #require(report.kernels)
        #expect(rows.map(\.name) == Array(repeating: "softmax-cross-entropy", count: 2))
        #expect(rows.map(\.columns) == [10, 1000] && rows.allSatisfy { $0.rows == 128 })
        for row in rows {
            #expect(row.bytes >= Double(8 * row.rows * row.columns))
            #expect(
                Swift.abs(row.gigabytesPerSecond * row.time.seconds * 1e9 / row.bytes - 1) < 1e-9)
            #expect(try #require(row.shareOfCopy) > 0)
        }
        #expect(try workspace.succeed("bench kernels --filter gather").contains("of copy"))
    }

    /// Images of ten brightnesses, so clear that an epoch or a few suffice.
    @Test func train() throws {
        for kind in ["train", "t10k"] {
            let labels = (0..<2560).map { UInt8($0 % 10) }
            try workspace.writeIDX(
                labels.flatMap { label in (0..<64).map { UInt8($0 / 6 == label ? 255 : 0) } },
                shape: [labels.count, 8, 8], as: "\(kind)-images-idx3-ubyte")
            try workspace.writeIDX(labels, shape: [labels.count], as: "\(kind)-labels-idx1-ubyte")
        }
        let report = try workspace.decode(
            Schema.Bench.self, "bench train --json",
            environment: ["NNGPU_DATA": workspace.url.path])
        let rows = try #require(report.train)
        #expect(rows.count == 1)
        let row = rows[0]
        #expect(row.isReached && row.accuracy >= row.target && row.target == 0.88)
        #expect(row.steps == row.epochs * 20 && row.batch == 128 && row.optimizer == "adam")
        #expect(row.seconds > row.trainingSeconds && row.trainingSeconds > 0)
        #expect(row.peakResidentBytes > 1 << 20)
    }

    @Test func baseline() throws {
        let line = "bench kernels --filter gather --json"
        try workspace.write(workspace.succeed(line), as: "before.json")
        let report = try workspace.decode(Schema.Bench.self, "\(line) --baseline before.json")
        let before = try JSONDecoder().decode(
            Schema.Bench.self, from: workspace.data("before.json"))
        let (rows, now) = (try #require(report.baseline), try #require(report.kernels))
        #expect(rows.map(\.row) == ["gather 128x784", "gather 2048x784"])
        #expect(rows.map(\.suite) == ["kernels", "kernels"])
        #expect(rows.map(\.seconds) == now.map(\.time.seconds))
        #expect(rows.map(\.baselineSeconds) == before.kernels?.map(\.time.seconds))
        for row in rows {
            #expect(Swift.abs(row.ratio - row.baselineSeconds / row.seconds) < 1e-9)
        }
    }

    /// A file from before there were several networks names none; one of another suite has no rows.
    @Test func aBaselineOfAnotherVersionOrSuite() throws {
        try workspace.write(
            """
            {"device": "another", "step": [
             {"batch": 8, "optimizer": "sgd", "time": {"seconds": 1}},
             {"batch": 9, "optimizer": "sgd", "time": {"seconds": "NaN"}}]}
            """, as: "old.json")
        let outcome = try workspace.run(
            "bench step --batch-size 8 --optimizer sgd --baseline old.json")
        #expect(outcome.code == 0 && outcome.stdout.contains("default 8 sgd"))
        #expect(outcome.stderr.contains("another device: another"))
        let text = try workspace.succeed("bench kernels --filter gather --baseline old.json")
        #expect(text.contains("none of these rows"))
    }

    // MARK: - The worker

    @Test func aWorkerAnswersEachLineWithOne() throws {
        let requests = [
            #"{"subject": "hello"}"#,
            #"{"subject": "matmul", "m": 3, "n": 5, "k": 7, "layout": "TT", "window": 0.001}"#,
            #"{"subject": "step", "batch": 8, "optimizer": "momentum", "window": 0.001}"#,
            #"{"subject": "step", "batch": 8, "optimizer": "momentum", "window": 0.001}"#,
            #"{"subject": "kernels", "name": "adam", "rows": 1, "columns": 9, "window": 0.001}"#,
            #"{"subject": "kernels", "name": "adam"}"#,
            "no JSON",
            #"{"subject": "peak"}"#,
        ]
        let pipe = Pipe()
        let run = try ToolRun(
            "bench --worker", in: workspace, input: pipe.fileHandleForReading)
        for (count, request) in requests.enumerated() {
            pipe.fileHandleForWriting.write(Data((request + "\n").utf8))
            try run.wait { run.stdout.filter { $0 == "\n" }.count == count + 1 }
        }
        try pipe.fileHandleForWriting.close()
        let outcome = try run.outcome()
        #expect(outcome.code == 0 && outcome.stderr == "")
        let replies = try outcome.stdout.split(separator: "\n").map {
            try JSONDecoder().decode(Schema.WorkerReply.self, from: Data($0.utf8))
        }
        #expect(try #require(replies[0].device).contains(Device.all[0].name))
        for reply in replies[1...4] {
            #expect(reply.error == nil)
            #expect(try #require(reply.seconds) > 0)
            #expect(try #require(reply.repetitions) > 0)
        }
        #expect(try #require(replies[3].launches) > 0)
        #expect(replies[5].error != nil && replies[6].error != nil)
        #expect(try #require(replies[7].peak).flopsPerSecond > 1e8)
    }
}
