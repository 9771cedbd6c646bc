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
                """), "\(line) --steps 20 --checkpoint run --every 4")
        #expect(outcome.code == 1)
        expectOneSentence(outcome.stderr, saying: "No space left on device", "free some space")
        #expect(try checkpoints(in: "kept") == [4, 8])
        try expectTheSameEnd(resuming: "kept")
    }

    /// Everywhere else, a limit on the size of files is the nearest thing.
    @Test func aFileThatCannotBeWrittenIsNamed() throws {
        let outcome = try shell(
            #"trap "" XFSZ; ulimit -f 8; exec "$@""#, "\(line) --steps 4 --checkpoint run")
        #expect(outcome.code == 1)
        expectOneSentence(outcome.stderr, saying: "run/step-000000000004", "File too large")
        #expect(try checkpoints(in: "run") == [])
    }

    @Test(.enabled(if: canMount)) func aReadOnlyDiskIsNamedBeforeTheTraining() throws {
        let outcome = try shell(
            inNamespace(#"mkdir run; mount -t tmpfs -o ro tmpfs run; exec "$@""#),
            "\(line) --steps 4 --checkpoint run")
        #expect(outcome.code == 1)
        expectOneSentence(outcome.stderr, saying: "run", "Read-only file system", "choose one")
    }

    @Test func aFolderThatVanishesIsNamedAndStillGood() throws {
        let run = try start()
        let (there, gone) = (
            workspace.url.appending(path: "run"), workspace.url.appending(path: "gone")
        )
        try FileManager.default.moveItem(at: there, to: gone)
        let outcome = try run.outcome()
        #expect(outcome.code == 1)
        expectOneSentence(outcome.stderr, saying: "run/step-", "No such file")
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
    private func start() throws -> ToolRun {
        let run = try ToolRun(
            "\(line) --epochs 1000000000 --checkpoint run --every 4", in: workspace)
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
