import Foundation
import NNGPU
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
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains("skipped a step: step 2, in epoch 1"))
        #expect(outcome.stderr.contains("skipped a step: step 5, in epoch 2"))
        let recoveries = try workspace.text("run.jsonl").split(separator: "\n")
            .filter { $0.hasPrefix(#"{"type":"recovery""#) }
        #expect(recoveries.count == 2)
        #expect(recoveries.first?.contains(#""isSkipped":true"#) == true)
        #expect(recoveries.first?.contains("layer 0 (Linear)") == true)
    }

    /// The samples of the step stay part of what the result is evaluated on.
    @Test(arguments: Self.singlePrecision)
    func whatIsLearntFromTheOthersIsSaved(device: String) throws {
        let skipping = "\(line) --device \(device) --on-nan skip"
        let output = try workspace.succeed(
            "\(skipping) --save model.safetensors --report run.html --tensorboard board "
                + "--checkpoint run")
        #expect(output.contains("2 steps skipped"))
        #expect(output.contains(/data.csv: loss (NaN|Infinity) on 12 samples, 1 of which gives/))
        #expect(output.contains("saved model.safetensors"))
        #expect(try workspace.text("run.html").contains("2 steps skipped"))

        let rows = [0, 1, 2, 3, 8, 9, 10, 11].map { "0.\($0),0.5,\($0 % 3)" }
        try workspace.write("a,b,label\n" + rows.joined(separator: "\n") + "\n", as: "good.csv")
        try workspace.succeed(
            "\(line.replacing("data.csv", with: "good.csv")) --device \(device) "
                + "--save good.safetensors")
        let (found, expected) = try (
            workspace.weights("model.safetensors"), workspace.weights("good.safetensors")
        )
        #expect(found.tensors == expected.tensors)

        try workspace.succeed("\(skipping) --checkpoint run --resume --save again.safetensors")
        #expect(try workspace.weights("again.safetensors").tensors == found.tensors)
        let json = try workspace.succeed(
            "\(skipping) --checkpoint run --resume --json".replacing(
                "--epochs 2", with: "--epochs 3"))
        #expect(json.contains(/"loss" : "(NaN|Infinity)"/))
        #expect(json.contains(#""nonFiniteSamples" : 1"#) && json.contains(#""skippedSteps" : 3"#))
    }

    @Test(arguments: Self.singlePrecision, ["stop", "skip", "rollback"])
    func aBadTestSampleDoesNotLoseTheModel(device: String, policy: String) throws {
        try writeArchive(badTestSamples: [2])
        let flags =
            "train --data data.npz --loss mse --hidden none --batch-size 4 --epochs 2 --no-tune "
            + "--device \(device) --on-nan \(policy)"
        let outcome = try workspace.run(
            "\(flags) --save model.safetensors --report run.html --log run.jsonl --tensorboard b")
        #expect(outcome.code == 0)
        #expect(outcome.stderr.contains(/epoch 2  loss [0-9.]+  test loss (NaN|Infinity)/))
        #expect(outcome.stdout.contains("on 4 samples, 1 of which gives numbers"))
        #expect(outcome.stdout.contains("saved model.safetensors"))
        #expect(workspace.exists("run.html"))
        try writeArchive(badTestSamples: [])
        try workspace.succeed("\(flags) --save whole.safetensors")
        #expect(try workspace.data("model.safetensors") == workspace.data("whole.safetensors"))

        // Also one that has no good one beside it, and with patience, for which no epoch is the best.
        try writeArchive(badTestSamples: [0, 1, 2, 3])
        let patient = try workspace.run("\(flags) --patience 5 --save patient.safetensors")
        #expect(patient.code == 0)
        #expect(
            try workspace.weights("patient.safetensors").tensors
                == workspace.weights("whole.safetensors").tensors)
    }

    /// Twelve samples to learn from and four to test on.
    private func writeArchive(badTestSamples: Set<Int>) throws {
        let test = (0..<4).map { badTestSamples.contains($0) ? Float(3e38) : Float($0) / 4 }
        let arrays: [(String, [Int], [Float])] = [
            ("x_train", [12, 2], (0..<24).map { Float($0) / 24 }),
            ("y_train", [12, 1], (0..<12).map { Float($0 % 3) }),
            ("x_test", [4, 2], test.flatMap { [$0, $0] }),
            ("y_test", [4, 1], [0, 1, 2, 0]),
        ]
        let file = try Safetensors(
            arrays.map { try Safetensors.Tensor(name: $0.0, shape: $0.1, floats: $0.2) })
        try workspace.write(
            Data(file.encodedAsNumPyArchive(name: "data.npz")), as: "data.npz")
    }

    @Test(arguments: Self.singlePrecision)
    func aTrainingOfBadStepsOnlyIsNotSaved(device: String) throws {
        let outcome = try workspace.run(
            "\(line) --batch-size 12 --device \(device) --on-nan skip --save model.safetensors"
                .replacing("--batch-size 4 ", with: ""))
        #expect(outcome.code == 1)
        #expect(outcome.stderr.contains("nngpu: Step 2, in epoch 2, gives numbers"))
        #expect(!workspace.exists("model.safetensors"))
    }

    @Test(arguments: testedDevices)
    func anAuditChangesNothing(device: String) throws {
        let moons = "train --data moons --hidden 8 --steps 20 --quiet --no-tune --device \(device)"
        try workspace.succeed("\(moons) --save plain.safetensors")
        try workspace.succeed("\(moons) --audit 3 --save audited.safetensors")
        #expect(try workspace.data("plain.safetensors") == workspace.data("audited.safetensors"))
    }
}
