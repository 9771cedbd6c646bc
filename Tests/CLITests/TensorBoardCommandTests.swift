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

    /// Readers drop what stands before a new beginning, so that a second training has runs of its own.
    @Test func aSecondTrainingHidesNothingOfTheFirst() throws {
        try workspace.succeed("\(line) --epochs 1 --checkpoint run")
        let first = try files(of: "train")
        try workspace.succeed("\(line) --epochs 1 --seed 1")
        try workspace.succeed("\(line) --epochs 1 --seed 2 --checkpoint other")
        #expect(try files(of: "train") == first && files(of: "test").count == 1)
        for run in ["2/train", "2/test", "3/train", "3/test"] {
            #expect(try files(of: run).count == 1, "\(run)")
        }
        // What goes on is the training that began last.
        try workspace.succeed("\(line) --epochs 2 --seed 2 --checkpoint other --resume")
        #expect(try files(of: "3/train").count == 2 && files(of: "2/train").count == 1)
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
