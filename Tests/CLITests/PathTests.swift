import Foundation
import Testing

/// Something else than a file at the place where a flag wants one.
enum Obstacle: String, CaseIterable {
    case pipe, zeros, folder, loop

    /// Puts it there.
    func make(at url: URL) throws {
        switch self {
        case .pipe: try #require(mkfifo(url.path, 0o600) == 0)
        case .zeros: try #require(symlink("/dev/zero", url.path) == 0)
        case .folder: try #require(mkdir(url.path, 0o700) == 0)
        case .loop: try #require(symlink(url.path, url.path) == 0)
        }
    }
}

/// Flags that take a path, with things in their places that would hang, fill the memory or be replaced.
@Suite struct PathTests {
    private let workspace: Workspace

    init() throws {
        workspace = try Workspace()
        try workspace.succeed("train --data xor --hidden 4 --steps 1 --save m.safetensors --quiet")
        try workspace.writeNumPy([0, 1, 0, 1], shape: [2, 2], as: "x.npy")
        try workspace.writeNumPy([0, 1], shape: [2], as: "y.npy")
    }

    @Test(
        arguments: [
            "train --data bad.csv", "train --data bad.npy,y.npy", "train --data x.npy,bad.npy",
            "train --data bad.npz", "train bad.yaml",
            "train --data xor --init bad.safetensors", "train --data xor --init bad.onnx",
            "train --data xor --model bad.json", "evaluate --model bad.safetensors",
            "predict --model m.safetensors --input bad.npy",
            "predict --model m.safetensors --input bad.csv", "check --model bad.json",
            "export --model bad.onnx --output m.onnx", "bench --baseline bad.json",
        ], Obstacle.allCases)
    func whatIsNoFileIsNotRead(line: String, obstacle: Obstacle) throws {
        let name = try #require(line.firstMatch(of: #/bad\.\w+/#)?.0)
        try obstacle.make(at: workspace.url.appending(path: name))
        let outcome = try workspace.run(line)
        #expect(outcome.code == 66 && outcome.stdout == "", "\(outcome)")
        expectOneSentence(outcome, naming: String(name))
    }

    @Test(arguments: Obstacle.allCases)
    func whatIsNoImageFileIsNotRead(obstacle: Obstacle) throws {
        try workspace.writeIDX([0], shape: [1], as: "d/train-labels-idx1-ubyte")
        try obstacle.make(at: workspace.url.appending(path: "d/train-images-idx3-ubyte"))
        let outcome = try workspace.run("train --data d")
        #expect(outcome.code == 66, "\(outcome)")
        expectOneSentence(outcome, naming: "d")
    }

    @Test(
        arguments: [
            "train --data xor --hidden 4 --steps 1 --quiet --save bad.safetensors",
            "train --data xor --hidden 4 --steps 1 --quiet --report bad.html",
            "train --data xor --hidden 4 --steps 1 --quiet --log bad.jsonl",
            "train --data xor --hidden 4 --steps 1 --quiet --trace bad.json",
            "predict --model m.safetensors --input x.npy --output bad.npy",
            "predict --model m.safetensors --input x.npy --output bad.csv",
            "export --model m.safetensors --output bad.onnx",
        ], [Obstacle.pipe, .zeros, .folder])
    func whatIsNoFileIsNotReplaced(line: String, obstacle: Obstacle) throws {
        let name = try #require(line.firstMatch(of: #/bad\.\w+/#)?.0)
        let place = workspace.url.appending(path: name)
        try obstacle.make(at: place)
        let before = try FileManager.default.attributesOfItem(atPath: place.path)
        let outcome = try workspace.run(line)
        #expect(outcome.code == 1, "\(outcome)")
        expectOneSentence(outcome, naming: String(name))
        let after = try FileManager.default.attributesOfItem(atPath: place.path)
        #expect(before[.systemFileNumber] as? Int == after[.systemFileNumber] as? Int)
    }

    /// A cache and a tuning file only save time: without them, training goes by the rules.
    @Test(
        .enabled(if: testedDevices != ["reference"]),
        arguments: ["NNGPU_TUNING", "NNGPU_CACHE"], Obstacle.allCases)
    func whatIsNoFileIsNoCache(variable: String, obstacle: Obstacle) throws {
        let place = workspace.url.appending(path: "bad")
        try obstacle.make(at: place)
        try workspace.succeed(
            "train --data xor --hidden 4 --steps 1", environment: [variable: place.path])
    }

    @Test(arguments: Obstacle.allCases)
    func whatIsNoCheckpointIsDamaged(obstacle: Obstacle) throws {
        let line = "train --data moons --hidden 4 --checkpoint run --quiet --no-tune"
        try workspace.succeed("\(line) --steps 4 --every 2")
        let newest = workspace.url.appending(path: "run/step-000000000006.safetensors")
        try obstacle.make(at: newest)
        let outcome = try workspace.run("\(line) --steps 5 --resume")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("step-000000000006.safetensors is damaged"))
        #expect(outcome.stderr.contains("resumed after step 4"))
    }

    /// A folder from a stranger may hold links to anywhere.
    @Test(arguments: ["step-000000000002.safetensors", ".lock", ".nngpu-1-1.tmp"])
    func aLinkInACheckpointFolderLeadsNothingOutOfIt(name: String) throws {
        let line = "train --data moons --hidden 4 --checkpoint run --quiet --no-tune"
        try workspace.succeed("\(line) --steps 1")
        try workspace.write("mine", as: "victim")
        let place = workspace.url.appending(path: "run/\(name)").path
        for target in ["victim", "new"] {
            unlink(place)
            try #require(symlink("../\(target)", place) == 0)
            let outcome = try workspace.run("\(line) --steps 2 --resume")
            // A link is no lock; any other is damaged, and replaced.
            #expect(outcome.code == (name == ".lock" ? 1 : 0), "\(outcome)")
        }
        #expect(try workspace.text("victim") == "mine")
        #expect(!workspace.exists("new"))
    }

    private func expectOneSentence(
        _ outcome: Outcome, naming name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let lines = outcome.stderr.split(separator: "\n")
        #expect(lines.count == 1, "\(outcome)", sourceLocation: sourceLocation)
        #expect(lines.first?.hasPrefix("nngpu: ") == true, sourceLocation: sourceLocation)
        #expect(outcome.stderr.contains(name), sourceLocation: sourceLocation)
    }
}
