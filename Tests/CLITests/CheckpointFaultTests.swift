import Foundation
import Testing

/// What happens to a checkpointed training when its folder fails it.
@Suite struct CheckpointFaultTests {
    private let workspace: Workspace
    private let line =
        "train --data moons --hidden 64,64 --batch-size 64 --device reference --no-tune --quiet"

    init() throws { workspace = try Workspace() }

    /// The disk has room for two checkpoints of some 110 KB, and not for the third beside them.
    @Test(.enabled(if: canMount)) func aFullDiskKeepsTheCheckpointsBefore() throws {
        let outcome = try shell(
            inNamespace(
                """
                mkdir run; mount -t tmpfs -o size=300k tmpfs run
                "$@"; code=$?; cp -r run kept; exit $code
                """), "\(line) --steps 20 --checkpoint run --every 4 --save there.safetensors")
        #expect(outcome.code == 1)
        expectLoss(
            in: outcome.stderr, "step-000000000012", "No space left on device",
            end: "3 checkpoints", "step-000000000020", "free some space")
        #expect(try checkpoints(in: "kept") == [4, 8])
        try expectTheSameEnd(resuming: "kept")
        #expect(try workspace.data("there.safetensors") == workspace.data("whole.safetensors"))
    }

    /// Everywhere else, a limit on the size of files is the nearest thing.
    ///
    /// A checkpoint has 110 KB and a saved model 20, so only the model can be written.
    @Test func aFileThatCannotBeWrittenIsNamedWhenTheModelIsSaved() throws {
        let outcome = try shell(
            #"trap "" XFSZ; ulimit -f 100; exec "$@""#,
            "\(line) --steps 4 --checkpoint run --save m.safetensors --report run.html --log run.jsonl"
        )
        #expect(outcome.code == 1)
        expectLoss(
            in: outcome.stderr, "run/step-000000000004", "File too large",
            end: "The checkpoint", "run/step-000000000004", "File too large")
        #expect(try checkpoints(in: "run") == [])
        try workspace.succeed("\(line) --steps 4 --save whole.safetensors")
        #expect(try workspace.data("m.safetensors") == workspace.data("whole.safetensors"))
        #expect(try workspace.text("run.jsonl").contains(#""ending":"completed""#))
        // The page is larger as well, and is tried all the same.
        #expect(
            workspace.exists("run.html") || outcome.stderr.contains("run.html (File too large)"))
    }

    @Test func aModelThatCannotBeSavedIsInTheCheckpoint() throws {
        let out = workspace.url.appending(path: "out")
        try workspace.write("", as: "out/other")
        let run = try start("--save out/m.safetensors --report run.html --json")
        try FileManager.default.removeItem(at: out)
        run.send(SIGTERM)
        let outcome = try run.outcome()
        #expect(outcome.code == 1)
        let last = outcome.stderr.split(separator: "\n").last ?? ""
        for words in ["nngpu: ", "out/m.safetensors", "in the checkpoint of run", "--resume"] {
            #expect(last.contains(words))
        }
        // The rest is there.
        #expect(workspace.exists("run.html"))
        #expect(outcome.stdout.contains(#""ending" : "interrupted""#))
        #expect(!outcome.stdout.contains("saved"))
        let step = try #require(checkpoints(in: "run").last)
        try workspace.succeed(
            "\(line) --steps \(step) --checkpoint run --resume --save m.safetensors")
    }

    @Test func aPageThatCannotBeWrittenCostsNothingElse() throws {
        try workspace.write("", as: "out/other")
        let run = try start("--report out/run.html --save m.safetensors --log run.jsonl")
        try FileManager.default.removeItem(at: workspace.url.appending(path: "out"))
        run.send(SIGINT)
        let outcome = try run.outcome()
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("out/run.html"))
        #expect(outcome.stdout.contains("saved m.safetensors"))
        #expect(!outcome.stdout.contains("wrote"))
        #expect(try workspace.text("run.jsonl").contains(#""ending":"interrupted""#))
        try workspace.succeed("evaluate --model m.safetensors --data moons --device reference")
    }

    @Test(.enabled(if: canMount)) func aReadOnlyDiskIsNamedBeforeTheTraining() throws {
        let outcome = try shell(
            inNamespace(#"mkdir run; mount -t tmpfs -o ro tmpfs run; exec "$@""#),
            "\(line) --steps 4 --checkpoint run")
        #expect(outcome.code == 1)
        expectOneSentence(outcome.stderr, saying: "run", "Read-only file system", "choose one")
    }

    @Test func aFolderThatVanishesIsNamedAndStillGood() throws {
        let run = try start("--save m.safetensors")
        let (there, gone) = (
            workspace.url.appending(path: "run"), workspace.url.appending(path: "gone")
        )
        try FileManager.default.moveItem(at: there, to: gone)
        // It is said while the training goes on, and once.
        try run.wait { run.stderr.contains("the training goes on") }
        run.send(SIGTERM)
        let outcome = try run.outcome()
        #expect(outcome.code == 1)
        #expect(outcome.stderr.matches(of: /the training goes on/).count == 1)
        #expect(outcome.stderr.contains(/nngpu: .*run\/step-.*No such file/))
        try workspace.succeed("evaluate --model m.safetensors --data moons --device reference")
        let step = try #require(checkpoints(in: "gone").last)
        let resumed = try workspace.run(
            "\(line) --steps \(step + 1) --checkpoint gone --resume")
        #expect(resumed.code == 0 && resumed.stderr.contains("resumed after step"))
    }

    @Test func twoTrainingsDoNotShareAFolder() throws {
        let first = try start()
        for flag in ["", " --resume"] {
            let second = try workspace.run("\(line) --steps 4 --checkpoint run\(flag)")
            #expect(second.code == 1)
            expectOneSentence(second.stderr, saying: "Another training", "run", "wait for its end")
        }
        first.send(SIGKILL)
        _ = try first.outcome()
        // The lock ends with its process, however that ended.
        let step = try #require(checkpoints(in: "run").last)
        try workspace.succeed("\(line) --steps \(step + 1) --checkpoint run --resume")
    }

    // MARK: - Parts

    /// What becomes of a script that finds the tool and its arguments as `"$@"`.
    private func shell(_ script: String, _ line: String) throws -> Outcome {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments =
            ["-c", script, "sh", ToolRun.binary.path] + line.split(separator: " ").map(String.init)
        process.currentDirectoryURL = workspace.url
        try workspace.write("", as: "stderr")
        process.standardError = try FileHandle(
            forWritingTo: workspace.url.appending(path: "stderr"))
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return Outcome(
            code: process.terminationStatus, stdout: "", stderr: try workspace.text("stderr"))
    }

    /// A training without an end that has written a checkpoint.
    private func start(_ flags: String = "") throws -> ToolRun {
        let run = try ToolRun(
            "\(line) --epochs 1000000000 --checkpoint run --every 4 \(flags)", in: workspace)
        try run.wait { (try? checkpoints(in: "run").isEmpty) == false }
        return run
    }

    /// The steps of the checkpoints in a folder.
    private func checkpoints(in folder: String) throws -> [Int] {
        try FileManager.default.contentsOfDirectory(
            atPath: workspace.url.appending(path: folder).path
        ).compactMap { $0.firstMatch(of: #/^step-(\d{12})\.safetensors$/#).flatMap { Int($0.1) } }
            .sorted()
    }

    private func expectTheSameEnd(resuming folder: String) throws {
        try workspace.succeed(
            "\(line) --steps 20 --checkpoint \(folder) --resume --save resumed.safetensors")
        try workspace.succeed("\(line) --steps 20 --save whole.safetensors")
        #expect(try workspace.data("resumed.safetensors") == workspace.data("whole.safetensors"))
    }

    /// One sentence where the first checkpoint is lost, and one at the end.
    private func expectLoss(
        in text: String, _ first: String..., end: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = text.split(separator: "\n")
        #expect(
            lines.first?.hasPrefix("the training goes on") == true, sourceLocation: sourceLocation)
        #expect(lines.last?.hasPrefix("nngpu: ") == true, sourceLocation: sourceLocation)
        for word in first {
            #expect(lines.first?.contains(word) == true, sourceLocation: sourceLocation)
        }
        for word in end {
            #expect(lines.last?.contains(word) == true, sourceLocation: sourceLocation)
        }
        #expect(
            text.matches(of: /the training goes on/).count == 1, sourceLocation: sourceLocation)
    }

    private func expectOneSentence(
        _ text: String, saying words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(text.hasPrefix("nngpu: "), sourceLocation: sourceLocation)
        #expect(text.filter { $0 == "\n" }.count == 1, sourceLocation: sourceLocation)
        for word in words {
            #expect(text.contains(word), sourceLocation: sourceLocation)
        }
    }
}

/// A script with file systems of its own, for which one need not be root.
private func inNamespace(_ script: String) -> String {
    "exec unshare --map-root-user --mount sh -c '\(script)' sh \"$@\""
}

/// Some containers forbid it.
private let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", inNamespace("mount -t tmpfs tmpfs /mnt")]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()
