import Foundation
import Testing

@Suite struct CheckpointCommandTests {
    private let workspace: Workspace
    private let line =
        "train --data moons --hidden 8 --dropout 0.1 --batch-size 64 --no-tune --quiet"

    init() throws { workspace = try Workspace() }

    @Test(arguments: [SIGINT, SIGTERM], testedDevices)
    func anInterruptedTrainingIsResumedBitByBit(signal: Int32, device: String) throws {
        let flags = "\(line) --device \(device) --checkpoint run --every 5"
        let run = try ToolRun("\(flags) --epochs 1000000000", in: workspace)
        try run.wait {
            let names = try? FileManager.default.contentsOfDirectory(
                atPath: workspace.url.appending(path: "run").path)
            return names?.contains { $0.hasPrefix("step-") } == true
        }
        run.send(signal)
        let outcome = try run.outcome()
        #expect(outcome.code == 128 + signal)
        #expect(outcome.stderr.contains("to go on: the same command with --resume"))
        let step = try #require(
            outcome.stdout.firstMatch(of: #/interrupted after ([\d,]+) steps/#)?.1
                .replacing(",", with: ""))
        let end = try #require(Int(step)) + 20

        try workspace.succeed("\(flags) --resume --steps \(end) --save resumed.safetensors")
        try workspace.succeed("\(line) --device \(device) --steps \(end) --save whole.safetensors")
        #expect(
            try workspace.data("resumed.safetensors") == workspace.data("whole.safetensors"))
    }

    @Test func aFolderWithCheckpointsIsNotOverwritten() throws {
        try workspace.succeed("\(line) --steps 5 --checkpoint run")
        let outcome = try workspace.run("\(line) --steps 5 --checkpoint run")
        #expect(outcome.code == 64)
        #expect(
            outcome.stderr.contains(
                "came to step 5: go on with it, or choose another folder (--resume)."))
    }

    @Test func anotherBatchSizeIsRefused() throws {
        try workspace.succeed("\(line) --steps 5 --checkpoint run")
        let outcome = try workspace.run(
            "train --data moons --hidden 8 --dropout 0.1 --batch-size 32 --no-tune --quiet "
                + "--steps 9 --checkpoint run --resume")
        #expect(outcome.code == 66)
        #expect(outcome.stderr.contains("with the batch size 64 and this training has 32"))
    }

    @Test func aDamagedCheckpointIsNamed() throws {
        try workspace.succeed("\(line) --steps 9 --checkpoint run --every 4")
        try workspace.write("damaged", as: "run/step-000000000009.safetensors")
        let outcome = try workspace.run("\(line) --steps 9 --checkpoint run --resume")
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains("step-000000000009.safetensors is damaged"))
        #expect(outcome.stderr.contains("resumed after step 8"))
    }

    @Test(arguments: testedDevices)
    func resumingIsVerified(device: String) throws {
        let text = try workspace.succeed("\(line) --verify-resume --device \(device)")
        #expect(text.hasSuffix("bytes agree\n"))
    }

    /// A folder that somebody else has put there before, under whatever name, is not touched.
    @Test func aCheckUsesAFolderThatNobodyCouldKnow() throws {
        let temporary = workspace.url.appending(path: "tmp")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        let run = try ToolRun(
            "\(line) --verify-resume", in: workspace, environment: ["TMPDIR": temporary.path])
        var seen: [String: Int] = [:]
        while run.isRunning {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: temporary.path)) ?? []
            for name in names {
                var status = stat()
                guard stat(temporary.appending(path: name).path, &status) == 0 else { continue }
                seen[name] = Int(status.st_mode) & 0o777
            }
        }
        #expect(try run.outcome().code == 0)
        let name = try #require(seen.keys.first { $0.hasPrefix("nngpu-") })
        #expect(name.wholeMatch(of: #/nngpu-\w{6}/#) != nil && seen[name] == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
    }

    @Test(arguments: [
        ("--resume", "--resume needs --checkpoint FOLDER"),
        ("--every 3", "--every needs --checkpoint FOLDER"),
        ("--checkpoint run --every 0", "--every 0 is not positive"),
        ("--checkpoint run --keep 0", "--keep 0 is not positive"),
        ("--checkpoint run --verify-resume", "drop --checkpoint"),
    ])
    func misuseIsExplained(flags: String, sentence: String) throws {
        let outcome = try workspace.run("\(line) \(flags)")
        #expect(outcome.code == 64)
        #expect(outcome.stderr.contains(sentence))
    }
}
