import Foundation
import Testing

/// Where what the tool prints cannot go: a full disk, a closed descriptor, a reader that has gone or sleeps.
@Suite struct OutputTests {
    private let workspace: Workspace
    private let train = "train --data xor --hidden 4 --steps 9 --save m.safetensors"

    init() throws { workspace = try Workspace() }

    enum Nowhere: String, CaseIterable {
        case full, closed, gone

        /// The end of a shell's command that sends a descriptor there.
        func redirection(of descriptor: Int) -> String {
            switch self {
            case .full: "\(descriptor)>/dev/full"
            case .closed: "\(descriptor)>&-"
            // A pipe that nobody reads any more by the time the tool starts.
            case .gone: "\(descriptor)>&9"
            }
        }
    }

    /// Runs the tool in a shell with descriptors that lead nowhere.
    private func run(_ line: String, _ place: Nowhere, _ descriptors: [Int]) throws -> Outcome {
        let redirections = descriptors.map(place.redirection).joined(separator: " ")
        // The reader of descriptor 9 has gone when the line is through.
        let command = "exec 9> >(:); sleep 0.2; \"$1\" \(line) \(redirections) 9>&-"
        try workspace.write(command, as: "script")
        return try ToolRun(
            "script \(ToolRun.binary.path)", in: workspace, tool: URL(fileURLWithPath: "/bin/bash")
        ).outcome()
    }

    @Test(arguments: Nowhere.allCases)
    func progressThatCannotBeWrittenCostsNothingElse(place: Nowhere) throws {
        let outcome = try run(train, place, [2])
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains("saved m.safetensors"))
        // Nothing that was meant for a descriptor is in the model.
        try workspace.succeed("evaluate --model m.safetensors --data xor")
    }

    @Test(arguments: Nowhere.allCases)
    func aResultThatCannotBeWrittenIsAFailureThatSavesFirst(place: Nowhere) throws {
        let outcome = try run(train, place, [1])
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nngpu: Standard output cannot be written, as "))
        try workspace.succeed("evaluate --model m.safetensors --data xor")
    }

    @Test(arguments: Nowhere.allCases)
    func withoutAnyOutputTheModelIsSaved(place: Nowhere) throws {
        #expect(try run(train, place, [1, 2]).code == 1)
        try workspace.succeed("evaluate --model m.safetensors --data xor")
    }

    @Test(
        arguments: [
            "--help", "--version", "devices", "train --print-config", "learn", "learn neuron",
            "evaluate --model m.safetensors --data xor",
            "predict --model m.safetensors --input x.npy", "manual",
            "check --inputs 3 --hidden 4 --outputs 2", "learn --json",
        ], Nowhere.allCases)
    func everyCommandFailsWithoutItsResult(line: String, place: Nowhere) throws {
        try workspace.succeed("\(train) --quiet")
        try workspace.writeNumPy([0, 1, 0, 1], shape: [2, 2], as: "x.npy")
        let outcome = try run(line, place, [1])
        #expect(outcome.code == 1, "\(outcome)")
        let last = outcome.stderr.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix("nngpu: Standard output cannot be written"), "\(outcome)")
    }

    /// A pager that its owner has left, or a terminal that is held.
    @Test func aReaderThatSleepsDoesNotStopATraining() throws {
        let pipe = Pipe()
        let run = try ToolRun(
            "train --data xor --hidden 4 --epochs 2000 --save m.safetensors", in: workspace,
            outputs: (nil, pipe.fileHandleForWriting))
        let outcome = try run.outcome(limit: .seconds(300))
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains("saved m.safetensors"))
        try pipe.fileHandleForReading.close()
    }

    @Test func aDumbTerminalGetsLinesOnly() throws {
        let terminal = try Terminal()
        let run = try ToolRun(
            "train --data xor --hidden 4 --epochs 3 --batch-size 1 --loss-interval 1",
            in: workspace,
            environment: ["TERM": "dumb"], terminal: terminal)
        let outcome = try run.outcome()
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains("epoch 3  loss"))
        #expect(!outcome.stderr.contains("\u{1B}"))
    }
}
