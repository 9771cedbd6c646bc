import Foundation
import NNGPU
import Testing

/// What nngpu wrote at commit 7ed5fa5 is read for ever (`Tests/Fixtures/README.md`).
@Suite struct OldFilesTests {
    private let workspace: Workspace
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/7ed5fa5")

    init() throws {
        workspace = try Workspace()
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
            try FileManager.default.copyItem(
                at: Self.folder.appending(path: name), to: workspace.url.appending(path: name))
        }
    }

    private func values(_ name: String) throws -> [Float] {
        try workspace.weights(name).tensors.sorted { $0.name < $1.name }.flatMap { $0.floats() }
    }

    @Test(arguments: ["model.safetensors", "model.onnx"])
    func aSavedModelIsApplied(file: String) throws {
        try workspace.succeed("evaluate --model \(file) --data moons --device reference")
        try workspace.succeed("export --model \(file) --output again.safetensors")
        #expect(try values("again.safetensors") == values("model.safetensors"))
        #expect(
            try workspace.weights("again.safetensors").metadata
                == workspace.weights("model.safetensors").metadata)
    }

    /// Other processors round otherwise; the steps from 15 to 30 move weights by some hundredths.
    @Test(arguments: testedDevices) func aCheckpointGoesOn(device: String) throws {
        try workspace.succeed(
            "train --data moons --hidden 6,5 --activation gelu --batch-size 50 --steps 30 --checkpoint run "
                + "--resume --seed 3 --quiet --no-tune --device \(device) --save resumed.safetensors"
        )
        let moved = zip(try values("later.safetensors"), try values("model.safetensors")).map {
            abs($0 - $1)
        }
        let apart = zip(try values("later.safetensors"), try values("resumed.safetensors")).map {
            abs($0 - $1)
        }
        #expect(try #require(moved.max()) > 0.01)
        #expect(try #require(apart.max()) < 1e-5)
    }

    /// The training was saved at the step of its last checkpoint.
    @Test func aCheckpointIsAModel() throws {
        try workspace.succeed(
            "export --model run/step-000000000015.safetensors --output again.safetensors")
        #expect(try values("again.safetensors") == values("model.safetensors"))
    }

    @Test func whatWasKeptForRecoveryGoesOn() throws {
        try workspace.succeed(
            "train --data sine --hidden 4 --steps 20 --batch-size 20 --checkpoint rollback --patience 3 "
                + "--on-nan rollback --loss mse --seed 1 --resume --quiet --no-tune --device reference"
        )
    }

    @Test func aRunFileIsRead() throws {
        try workspace.succeed("train run.yaml --steps 2 --quiet --no-tune --device reference")
    }
}
