import Foundation
import NNGPU
import Testing

@Suite(.enabled(if: !Device.all.isEmpty)) struct TuneTests {
    private let workspace: Workspace
    private let environment: [String: String]

    init() throws {
        workspace = try Workspace()
        environment = [
            "NNGPU_CACHE": workspace.url.appending(path: "cache").path, "NNGPU_TUNING": "",
        ]
    }

    private static let model = "--inputs 24 --hidden 16 --outputs 3 --batch-size 8"

    private struct File: Decodable {
        struct Product: Decodable {
            struct Shape: Decodable { let m, n, k: Int }
            let shape: Shape
            let seconds, ruleSeconds, relativeError: Double
            let isRule: Bool
        }
        let version: Int
        let key: [String: Value]
        let products: [Product]

        /// Numbers or text.
        enum Value: Decodable {
            case number(Int), text(String)
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                self =
                    if let number = try? container.decode(Int.self) {
                        .number(number)
                    } else { .text(try container.decode(String.self)) }
            }
        }
    }

    private var tuningFiles: [String] {
        let folder = workspace.url.appending(path: "cache").path
        return (try? FileManager.default.contentsOfDirectory(atPath: folder))?
            .filter { $0.hasPrefix("tuning-") } ?? []
    }

    @Test func measuresKeepsAndShows() throws {
        let shown = "tune --show"
        #expect(
            try workspace.succeed(shown, environment: environment).contains("nothing"))
        #expect(try workspace.succeed("\(shown) --json", environment: environment) == "null\n")
        let measured = try workspace.decode(
            File.self, "tune \(Self.model) --budget 4 --json", environment: environment)
        #expect(measured.version == 1)
        // Forward and weight gradient of two layers, and one input gradient.
        #expect(!measured.products.isEmpty && measured.products.count <= 5)
        for product in measured.products {
            #expect(product.seconds > 0 && product.seconds <= product.ruleSeconds)
            #expect(product.isRule == (product.seconds > 0.95 * product.ruleSeconds))
            #expect(product.relativeError < Double(product.shape.k + 12) * 6e-8)
        }
        #expect(tuningFiles.count == 1)
        let table = try workspace.succeed(shown, environment: environment)
        for word in ["GFLOP/s", "by rule", "8", "16", "24"] { #expect(table.contains(word)) }
        let kept = try workspace.decode(
            File.self, "\(shown) --json", environment: environment)
        #expect(kept.products.map(\.seconds) == measured.products.map(\.seconds))
    }

    @Test func aFileCanBeShippedAndADamagedOneIsIgnored() throws {
        var environment = environment
        environment["NNGPU_TUNING"] = workspace.url.appending(path: "mine.json").path
        try workspace.succeed("tune \(Self.model) --budget 2s", environment: environment)
        #expect(workspace.exists("mine.json") && tuningFiles.isEmpty)
        let train = "train --data xor --hidden 4 --epochs 1 --quiet"
        #expect(try workspace.run(train, environment: environment).stderr == "")
        try workspace.write(workspace.data("mine.json").dropLast(40), as: "mine.json")
        let outcome = try workspace.run(train, environment: environment)
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains("mine.json is damaged"))
        environment["NNGPU_TUNING"] = "off"
        #expect(try workspace.run(train, environment: environment).stderr == "")
        let nowhere = try workspace.run("tune --budget 1", environment: environment)
        #expect(nowhere.code == 1 && nowhere.stderr.contains("NNGPU_TUNING"))
    }

    @Test func shortTrainingsDoNotMeasure() throws {
        let outcome = try workspace.run(
            "train --data moons --hidden 16 --epochs 2", environment: environment)
        #expect(outcome.code == 0 && !outcome.stderr.contains("tuning"))
        #expect(tuningFiles.isEmpty)
    }

    @Test(arguments: [false, true])
    func longTrainingsMeasureOnceUnlessTold(isTold: Bool) throws {
        // A minute at the device's estimated rate, of which tuning takes three seconds at most.
        let weightCount = 2 * 64 + 64 * 64 + 64 * 2 + 130
        let flopsPerStep = Double(6 * 128 * weightCount)
        let steps = Int(60 * Device.all[0].estimatedFlopsPerSecond / flopsPerStep)
        var unknown = Int.max
        for isFirst in [true, false] {
            let run = try ToolRun(
                "train --data moons --hidden 64,64 --steps \(steps)"
                    + (isTold ? " --no-tune" : ""), in: workspace, environment: environment)
            try run.wait { run.stderr.contains("tuning") || run.stderr.contains("epoch 1 ") }
            let count = run.stderr.firstMatch(of: /tuning (\d+) products/).flatMap { Int($0.1) }
            #expect((count != nil) == (isFirst && !isTold) || (!isTold && !isFirst))
            // What a busy machine did not come to in the first three seconds may follow; nothing is measured twice.
            #expect(count.map { $0 < unknown } ?? true)
            unknown = count ?? unknown
            #expect(!run.stderr.contains("not tuned"))
            try run.wait { run.stderr.contains("epoch 1 ") }
            run.send(SIGINT)
            #expect(try run.outcome().code == 130)
            #expect(tuningFiles.count == (isTold ? 0 : 1))
        }
    }

    /// What a worker is asked, it answers, whatever else it is asked.
    @Test func theWorkerEndsWithItsInput() throws {
        #expect(try workspace.run("tune --worker", environment: environment).code == 0)
    }
}
