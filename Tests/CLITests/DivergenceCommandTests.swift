import Foundation
import Testing

@Suite struct DivergenceCommandTests {
    private let workspace: Workspace
    /// Twelve samples in three batches, of which the second has numbers that overflow.
    private let line =
        "train --data data.csv --loss mse --hidden none --no-shuffle --batch-size 4 --epochs 2 "
        + "--optimizer sgd --quiet --no-tune"

    /// The squares of the numbers that overflow are numbers in double precision.
    private static let singlePrecision = testedDevices.filter { $0 != "reference" }

    init() throws {
        workspace = try Workspace()
        let rows = (0..<12).map { $0 == 5 ? "3e38,3e38,1" : "0.\($0),0.5,\($0 % 3)" }
        try workspace.write("a,b,label\n" + rows.joined(separator: "\n") + "\n", as: "data.csv")
    }

    @Test(arguments: Self.singlePrecision)
    func theStepAndTheLayerAreNamed(device: String) throws {
        let outcome = try workspace.run("\(line) --device \(device) --save model.safetensors")
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nngpu: Step 2, in epoch 1, gives numbers"))
        #expect(outcome.stderr.contains("layer 0 (Linear)"))
        #expect(!workspace.exists("model.safetensors"))
    }

    @Test(arguments: Self.singlePrecision)
    func stepsAreSkippedAndNamed(device: String) throws {
        let outcome = try workspace.run(
            "\(line) --device \(device) --on-nan skip --json --log run.jsonl")
        // The samples of the step stay part of what the result is evaluated on.
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("skipped a step: step 2, in epoch 1"))
        #expect(outcome.stderr.contains("skipped a step: step 5, in epoch 2"))
        let recoveries = try workspace.text("run.jsonl").split(separator: "\n")
            .filter { $0.hasPrefix(#"{"type":"recovery""#) }
        #expect(recoveries.count == 2)
        #expect(recoveries.first?.contains(#""isSkipped":true"#) == true)
        #expect(recoveries.first?.contains("layer 0 (Linear)") == true)
    }

    @Test(arguments: testedDevices)
    func anAuditChangesNothing(device: String) throws {
        let moons = "train --data moons --hidden 8 --steps 20 --quiet --no-tune --device \(device)"
        try workspace.succeed("\(moons) --save plain.safetensors")
        try workspace.succeed("\(moons) --audit 3 --save audited.safetensors")
        #expect(try workspace.data("plain.safetensors") == workspace.data("audited.safetensors"))
    }
}
