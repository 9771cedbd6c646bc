import Foundation
import Testing

@Suite struct TrainingLogTests {
    private let workspace: Workspace
    private let line =
        "train --data moons --hidden 8 --batch-size 64 --no-tune --quiet --log run.jsonl"

    init() throws { workspace = try Workspace() }

    private func lines() throws -> [[String: Any]] {
        try workspace.text("run.jsonl").split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    private func types() throws -> [String] { try lines().map { $0["type"] as? String ?? "" } }

    // MARK: - The documentation

    /// What the article says of each type of line: the keys that are always there and the others.
    private static func documented() throws -> [String: (always: Set<String>, maybe: Set<String>)] {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/NNGPU/NNGPU.docc/TrainingLog.md").standardized
        let text = try String(contentsOf: article, encoding: .utf8)
        var keys: [String: (always: Set<String>, maybe: Set<String>)] = [:]
        for row in text.matches(of: /(?m)^\| (\w+) \| (\[?)([\w.]+)\]? \|/) {
            let (type, key) = (String(row.1), String(row.3))
            if row.2.isEmpty {
                keys[type, default: ([], [])].always.insert(key)
            } else {
                keys[type, default: ([], [])].maybe.insert(key)
            }
        }
        return keys
    }

    /// The keys of a line; those of the parts that are documented key by key behind a dot.
    private static func keys(of line: [String: Any]) -> Set<String> {
        Set(
            line.flatMap { key, value in
                guard ["data", "settings"].contains(key), let part = value as? [String: Any] else {
                    return [key]
                }
                return part.keys.map { "\(key).\($0)" }
            })
    }

    private func expectDocumentedLines() throws {
        let documented = try Self.documented()
        let every = try #require(documented["every"]).always
        for line in try lines() {
            let type = try #require(line["type"] as? String)
            let (always, maybe) = try #require(documented[type])
            let keys = Self.keys(of: line).subtracting(every)
            #expect(keys.isSuperset(of: always), "\(type) lacks \(always.subtracting(keys))")
            #expect(
                keys.isSubset(of: always.union(maybe)),
                "not documented: \(type) \(keys.subtracting(always.union(maybe)))")
        }
    }

    @Test(arguments: testedDevices)
    func everyKeyIsDocumented(device: String) throws {
        try workspace.succeed(
            "\(line) --epochs 3 --checkpoint run --clip-norm 1 --weight-decay 0.1 --patience 3 "
                + "--betas 0.8,0.9 --epsilon 1e-6 "
                + "--device \(device)")
        try workspace.succeed(
            "\(line) --steps 60 --checkpoint run --resume --patience 3 "
                + "--clip-norm 1 --weight-decay 0.1 --betas 0.8,0.9 --epsilon 1e-6 --device \(device)"
        )
        try workspace.succeed(
            "train --data sine --steps 3 --no-tune --quiet --log run.jsonl --device \(device)")
        try expectDocumentedLines()
        #expect(try types().filter { $0 == "run" }.count == 3)
    }

    // MARK: - What the lines say

    @Test func aTrainingIsTold() throws {
        try workspace.succeed(
            "\(line) --epochs 2 --loss-interval 8 --seed 7 --checkpoint run")
        // 1,000 samples in batches of 64 are 16 steps an epoch.
        #expect(
            try types().filter { $0 != "checkpoint" } == [
                "run", "progress", "progress", "validation", "progress", "progress", "validation",
                "end",
            ])
        let lines = try lines()
        #expect(lines[0]["seed"] as? Int == 7)
        #expect((lines[0]["command"] as? String)?.contains("--seed 7") == true)
        #expect(lines[0]["resumedAfterStep"] == nil)
        let steps = lines.filter { $0["type"] as? String == "progress" }
            .map { $0["step"] as? Int ?? 0 }
        #expect(steps == [8, 16, 24, 32])
        // A checkpoint is written beside the training, so its line may come later than others.
        let checkpoints = lines.filter { $0["type"] as? String == "checkpoint" }
        #expect(checkpoints.map { $0["step"] as? Int ?? 0 } == [16, 32])
        let end = try #require(lines.last)
        #expect(end["ending"] as? String == "completed" && end["steps"] as? Int == 32)
        let validation = try #require(lines.last { $0["type"] as? String == "validation" })
        #expect(validation["loss"] as? Double == end["loss"] as? Double)
    }

    /// What an epoch's line says is the rate of the whole epoch, not of the steps since the last report.
    @Test func theRateOfAnEpochIsThatOfAllItsSteps() throws {
        let outcome = try workspace.run(
            "train --data moons --hidden 8 --epochs 1 --batch-size 10 --loss-interval 30 --device reference "
                + "--log run.jsonl")
        try #require(outcome.code == 0, "\(outcome)")
        let windows = try lines().filter { $0["type"] as? String == "progress" }.map {
            (Double($0["samples"] as? Int ?? 0), $0["samplesPerSecond"] as? Double ?? 0)
        }
        #expect(windows.count == 4)
        let rate = 1000 / windows.reduce(0) { $0 + $1.0 / $1.1 }
        let said = try #require(
            outcome.stderr.firstMatch(of: #/epoch 1 .* ([\d,]+) samples/s/#)?.1)
        let found = try #require(Double(said.replacing(",", with: "")))
        #expect(abs(found - rate) < 2, "\(outcome.stderr)")
    }

    @Test func aKilledTrainingLeavesItsLines() throws {
        let run = try ToolRun("\(line) --epochs 1000000000 --loss-interval 1", in: workspace)
        try run.wait {
            (try? workspace.text("run.jsonl"))?.contains(#""step":20}"#) == true
        }
        run.send(SIGKILL)
        _ = try run.outcome()
        #expect(try types().starts(with: ["run", "progress"]))
        #expect(try types().last != "end")
        try expectDocumentedLines()
    }

    @Test func aResumedTrainingContinuesItsFile() throws {
        try workspace.succeed("\(line) --steps 5 --checkpoint run")
        let before = try workspace.text("run.jsonl")
        try workspace.succeed("\(line) --steps 9 --checkpoint run --resume")
        #expect(try workspace.text("run.jsonl").hasPrefix(before))
        let runs = try lines().filter { $0["type"] as? String == "run" }
        #expect(runs.map { $0["resumedAfterStep"] as? Int } == [nil, 5])
    }

    @Test func aFailureIsTold() throws {
        let outcome = try workspace.run(
            "train --data moons --hidden 4,4 --activation softplus --learning-rate 1e30 --no-tune "
                + "--steps 9 --quiet --log run.jsonl")
        #expect(outcome.code == 1)
        let end = try #require(lines().last)
        #expect(end["ending"] as? String == "failed")
        #expect((end["error"] as? String)?.contains("not finite") == true)
    }

    @Test func aLineThatWasCutOffIsRemoved() throws {
        try workspace.succeed("\(line) --steps 2")
        let before = try workspace.text("run.jsonl")
        try workspace.write(before + #"{"type":"prog"#, as: "run.jsonl")
        let outcome = try workspace.run("\(line) --steps 2")
        #expect(outcome.code == 0 && outcome.stderr.contains("cut off"))
        #expect(try workspace.text("run.jsonl").hasPrefix(before + #"{"type":"run""#))
        try expectDocumentedLines()
    }

    @Test func aFileOfSomethingElseIsLeftAlone() throws {
        try workspace.write("something else\n", as: "run.jsonl")
        let outcome = try workspace.run("\(line) --steps 2")
        #expect(outcome.code == 1 && outcome.stderr.contains("no log of a training"))
        #expect(try workspace.text("run.jsonl") == "something else\n")
    }

    // MARK: - A full disk

    /// The system refuses to let any file grow beyond so many blocks of 512 bytes, as a full disk would.
    private func runWithSmallFiles(_ line: String, blocks: Int) throws -> Outcome {
        let tool = ToolRun.binary.path
        try workspace.write(
            "trap '' XFSZ; ulimit -f \(blocks); exec '\(tool)' \(line)\n", as: "small.sh")
        return try ToolRun("small.sh", in: workspace, tool: URL(filePath: "/bin/sh")).outcome()
    }

    @Test func aFullDiskDoesNotCostTheTraining() throws {
        // A driver that compiles has files of its own, so this is for the reference.
        let flags =
            "train --data moons --hidden 2 --epochs 5 --loss-interval 1 --device reference --quiet"
        try workspace.succeed("\(flags) --save whole.safetensors")
        let outcome = try runWithSmallFiles(
            "\(flags) --log run.jsonl --tensorboard board --save m.safetensors", blocks: 8)
        #expect(outcome.code == 1, "\(outcome)")
        #expect(outcome.stderr.contains("the training goes on"))
        #expect(outcome.stderr.contains("none the worse for it"))
        #expect(try workspace.data("m.safetensors") == workspace.data("whole.safetensors"))
        #expect(try types().first == "run")
        try expectDocumentedLines()
    }
}
