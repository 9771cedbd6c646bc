import Foundation
import Testing

@Suite struct TensorBoardCommandTests {
    private let workspace: Workspace
    private let line = "train --data moons --hidden 8 --no-tune --quiet --tensorboard a/board"

    init() throws { workspace = try Workspace() }

    private func files(of run: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(
            atPath: workspace.url.appending(path: "a/board/\(run)").path)
    }

    @Test(arguments: testedDevices)
    func aRunHasItsFilesAndTheSameBits(device: String) throws {
        try workspace.succeed("\(line) --epochs 2 --device \(device) --save watched.safetensors")
        for run in ["train", "test"] {
            #expect(try files(of: run).count == 1)
            #expect(try files(of: run).allSatisfy { $0.hasPrefix("events.out.tfevents.") })
        }
        try workspace.succeed(
            "train --data moons --hidden 8 --no-tune --quiet --epochs 2 --device \(device) "
                + "--save m.safetensors")
        #expect(try workspace.data("watched.safetensors") == workspace.data("m.safetensors"))
    }

    @Test func whatIsThereStays() throws {
        try workspace.succeed("\(line) --epochs 2 --checkpoint run")
        let first = try files(of: "train")
        let before = try workspace.data("a/board/train/\(first[0])")
        try workspace.succeed("\(line) --epochs 3 --checkpoint run --resume")
        #expect(try files(of: "train").count == 2)
        #expect(try workspace.data("a/board/train/\(first[0])") == before)
    }
}
