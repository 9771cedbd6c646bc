import Foundation
import Testing

@Suite struct InterruptionTests {
    private let workspace: Workspace

    init() throws { workspace = try Workspace() }

    /// Starts a training without an end and waits until it has shown its first epoch.
    private func start(_ flags: String, terminal: Terminal? = nil) throws -> ToolRun {
        let run = try ToolRun(
            "train --data moons --hidden 4 --epochs 1000000000 \(flags)", in: workspace,
            terminal: terminal)
        try run.wait {
            terminal?.drain()
            return run.stderr.contains("epoch 1  loss")
        }
        return run
    }

    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], testedDevices)
    func theFirstSignalSavesAndEndsWithItsCode(signal: Int32, device: String) throws {
        let run = try start("--save m.safetensors --json --device \(device)")
        run.send(signal)
        let outcome = try run.outcome()
        #expect(outcome.code == 128 + signal)
        let result = try JSONDecoder().decode(
            Schema.Training.self, from: Data(outcome.stdout.utf8))
        #expect(result.ending == "interrupted" && result.saved == "m.safetensors")
        #expect(result.steps >= 8)
        let evaluation = try workspace.decode(
            Schema.Evaluation.self,
            "evaluate --model m.safetensors --data moons --json --device \(device)")
        // The file rounds the weights of the reference, which are in double precision.
        #expect(Swift.abs(evaluation.loss - result.loss) <= (device == "reference" ? 1e-7 : 0))
        try workspace.succeed("train --data moons --init m.safetensors --steps 1")
    }

    @Test func withoutAFileItSaysSo() throws {
        let run = try start("")
        run.send(SIGINT)
        let outcome = try run.outcome()
        #expect(outcome.code == 130)
        #expect(outcome.stdout.hasPrefix("interrupted after "))
        #expect(outcome.stdout.contains("not saved"))
    }

    @Test func theBarIsGoneBeforeTheResult() throws {
        let terminal = try Terminal()
        let run = try start("--batch-size 1 --loss-interval 1", terminal: terminal)
        run.send(SIGINT)
        let outcome = try run.outcome()
        #expect(outcome.code == 130)
        let last = outcome.stderr.components(separatedBy: "\u{1B}[K").last
        #expect(last?.contains("ETA") == false)
    }

    /// A terminal that closes sends it twice, and again to whoever is still there.
    @Test func moreSignalsOfAClosingTerminalDoNotKill() throws {
        let run = try start("--save m.safetensors --json")
        for _ in 0..<5 { run.send(SIGHUP) }
        let outcome = try run.outcome()
        #expect(outcome.code == 129)
        #expect(outcome.stdout.contains(#""saved" : "m.safetensors""#))
    }

    @Test func underNohupATerminalMayClose() throws {
        let run = try ToolRun(
            "\(ToolRun.binary.path) train --data moons --hidden 4 --epochs 1000000000",
            in: workspace,
            tool: URL(filePath: "/usr/bin/nohup"))
        try run.wait { run.stderr.contains("epoch 1  loss") }
        run.send(SIGHUP)
        let seen = run.stderr.count
        try run.wait { run.stderr.count > seen + 1000 }
        #expect(run.isRunning)
        run.send(SIGTERM)
        #expect(try run.outcome().code == 143)
    }

    @Test(arguments: [
        (SIGINT, SIGINT), (SIGTERM, SIGTERM), (SIGINT, SIGTERM), (SIGTERM, SIGINT),
        (SIGHUP, SIGTERM),
    ])
    func theSecondSignalKills(first: Int32, second: Int32) throws {
        // One step takes minutes on the reference: the first signal cannot be obeyed before.
        try workspace.write("old", as: "m.safetensors")
        let run = try ToolRun(
            "train --data moons --hidden 3000,3000 --batch-size 1000 --device reference "
                + "--save m.safetensors", in: workspace)
        try run.wait { run.stderr.contains("learning rate") }
        // Before the first step there is memory to fill, and a signal would be obeyed at once.
        usleep(4_000_000)
        run.send(first)
        usleep(300_000)
        run.send(second)
        let outcome = try run.outcome(limit: .seconds(10))
        #expect(outcome.code == -second)
        #expect(outcome.stdout == "")
        #expect(try workspace.text("m.safetensors") == "old")
    }
}
