import Foundation
import NNGPU
import Testing

/// What a resumed training may do otherwise, and checkpoints in the place of saved models.
@Suite struct ResumeTests {
    private let workspace: Workspace
    private let line =
        "train --data moons --hidden 4 --batch-size 500 --no-tune --quiet --device reference --checkpoint run"

    init() throws { workspace = try Workspace() }

    private func resume(_ flags: String) throws -> Outcome {
        try workspace.run("\(line) --resume \(flags)")
    }

    @Test func anotherRateAndDecayAreSaid() throws {
        try workspace.succeed("\(line) --steps 2 --lr 0.01")
        let outcome = try resume("--steps 4 --lr 0.5 --weight-decay 0.25")
        #expect(outcome.code == 0, "\(outcome)")
        #expect(outcome.stderr.contains("note: the learning rate is 0.5 and was 0.01"))
        #expect(outcome.stderr.contains("note: the weight decay is 0.25 and was 0.0"))
        // They are the training's own from then on.
        let again = try resume("--steps 6 --lr 0.5 --weight-decay 0.25")
        #expect(again.code == 0 && !again.stderr.contains("note:"), "\(again)")
    }

    /// The new rate is the one that steps take: of plain descent, each step is the rate times the gradient.
    @Test func theNewRateCounts() throws {
        let sgd = "--optimizer sgd --no-shuffle --batch-size 10000"
        try workspace.succeed("\(line) \(sgd) --steps 1 --lr 0.5 --save one.safetensors")
        let small = try resume("\(sgd) --steps 2 --lr 0.25 --save two.safetensors")
        #expect(small.code == 0, "\(small)")
        try FileManager.default.removeItem(at: workspace.url.appending(path: "run"))
        try workspace.succeed("\(line) \(sgd) --steps 2 --lr 0.5 --save other.safetensors")
        let files = try ["one", "two", "other"].map { try workspace.weights("\($0).safetensors") }
        for tensor in files[0].tensors {
            let values = files.map { $0[tensor.name]?.doubles() ?? [] }
            for place in values[0].indices {
                let (half, whole) = (
                    values[1][place] - values[0][place], values[2][place] - values[0][place]
                )
                #expect(abs(2 * half - whole) < 1e-6)
            }
        }
    }

    @Test(
        arguments: [
            (
                "--optimizer sgd", "--optimizer adam",
                [
                    "SGD(momentum: 0.0, isNesterov: false, weightDecay: 0.0)",
                    "Adam(betas: (0.9, 0.999)",
                ]
            ),
            (
                "--optimizer momentum", "--optimizer momentum --momentum 0.5",
                [
                    "SGD(momentum: 0.9, isNesterov: false, weightDecay: 0.0)",
                    "SGD(momentum: 0.5, isNesterov: false, weightDecay: 0.0)",
                ]
            ),
            (
                "", "--betas 0.9,0.95",
                [
                    "Adam(betas: (0.9, 0.999), epsilon: 1e-08, weightDecay: coupled(0.0))",
                    "Adam(betas: (0.9, 0.95), epsilon: 1e-08, weightDecay: coupled(0.0))",
                ]
            ),
            ("", "--optimizer adamw --weight-decay 0", ["coupled(0.0)", "decoupled(0.0)"]),
            ("", "--schedule cosine", ["the schedule constant", "cosine"]),
            ("", "--clip-norm 2", ["the norm to clip to none", "2.0"]),
            ("", "--no-shuffle", ["shuffling on", "has off"]),
            ("", "--hidden 5", ["the model", #""outputs":4"#, #""outputs":5"#]),
        ])
    func otherSettingsAreRefusedWithBoth(first: String, then: String, words: [String]) throws {
        try workspace.succeed("\(line) \(first) --steps 2")
        let outcome = try resume("\(then) --steps 4")
        #expect(outcome.code == 66, "\(outcome)")
        for word in words { #expect(outcome.stderr.contains(word), "\(outcome.stderr)") }
        #expect(outcome.stderr.contains("and this training has"))
        #expect(!outcome.stderr.contains("resumed after"))
    }

    /// Half a cosine over 4 steps ends at 0; over 8 it is at its middle by then.
    @Test func aLongerCosineLiftsTheRateAndSaysSo() throws {
        let cosine = "--schedule cosine --lr 0.01"
        try workspace.succeed("\(line) \(cosine) --steps 4")
        let same = try resume("\(cosine) --steps 4")
        #expect(same.code == 0 && !same.stderr.contains("note:"), "\(same)")
        let longer = try resume("\(cosine) --steps 8")
        #expect(longer.code == 0, "\(longer)")
        #expect(
            longer.stderr.contains(
                "note: the learning rate of step 5, as the schedule cosine ends with step 8 and not with step 4, "
                    + "is 0.005"
            ), "\(longer.stderr)")
        #expect(longer.stderr.contains("and was 0.0"))
    }

    @Test func aConstantRateNeedsNoWord() throws {
        try workspace.succeed("\(line) --steps 2")
        let longer = try resume("--steps 4")
        #expect(longer.code == 0 && !longer.stderr.contains("note:"), "\(longer)")
    }

    @Test(arguments: ["True", "TRUE", "true", "yes", "Yes", "on"])
    func aRunFileMaySayTrueInEveryWay(word: String) throws {
        try workspace.write("resume: \(word)\nno-shuffle: False\ncheckpoint: run\n", as: "run.yaml")
        let printed = try workspace.succeed("train run.yaml --print-config").split(separator: "\n")
        #expect(printed.contains("resume: true") && !printed.contains("no-shuffle: true"))
    }

    // MARK: - Checkpoints as models

    @Test(arguments: ["", "--freeze 0.*"])
    func aCheckpointIsTakenWhereASavedModelIs(flags: String) throws {
        try workspace.write(
            "a,b,kind\n1,2,no\n2,1,yes\n3,1,yes\n0,2,no\n2,3,no\n3,0,yes\n", as: "t.csv")
        let begun = flags.isEmpty ? "" : "--init first.safetensors"
        if !flags.isEmpty {
            try workspace.succeed(
                "train --data t.csv --hidden 4 --device reference --steps 1 --quiet --save first.safetensors"
            )
        }
        try workspace.succeed(
            "train --data t.csv --hidden 4 --batch-size 2 --no-tune --quiet --device reference "
                + "--checkpoint words --steps 5 --save m.safetensors \(flags) \(begun)")
        let checkpoint = "words/step-000000000005.safetensors"
        try workspace.write("a,b\n1,2\n3,0\n", as: "x.csv")
        for line in [
            "evaluate --data t.csv --device reference --model", "predict --input x.csv --model",
            "model", "check --samples 2 --device reference --model",
        ] {
            let expected = try workspace.run("\(line) m.safetensors")
            let found = try workspace.run("\(line) \(checkpoint)")
            try #require(expected.code == 0 && found.code == 0, "\(line): \(found)")
            if !line.hasPrefix("check") { #expect(found.stdout == expected.stdout, "\(line)") }
        }
        // The names of the classes come along.
        #expect(
            try workspace.succeed("predict --input x.csv --model \(checkpoint)").contains(",yes,"))
        try workspace.succeed("export --model \(checkpoint) --output c.onnx")
        let initials = try ["m.safetensors", checkpoint].map { file in
            try workspace.succeed(
                "train --data t.csv --device reference --steps 1 --quiet --init \(file) --save again.safetensors"
            )
            return try workspace.weights("again.safetensors").tensors
        }
        #expect(initials[0] == initials[1])
        let exported = try workspace.run(
            "export --model \(checkpoint) --output again.safetensors")
        #expect(exported.code == 0)
        #expect(
            try workspace.data("again.safetensors") == workspace.data("m.safetensors"))
    }

    @Test func aDamagedCheckpointIsNoModel() throws {
        try workspace.succeed("\(line) --steps 2")
        let name = "run/step-000000000002.safetensors"
        var bytes = try workspace.data(name)
        bytes[bytes.count - 3] ^= 1
        try workspace.write(bytes, as: name)
        let outcome = try workspace.run("evaluate --model \(name) --data moons")
        #expect(outcome.code != 0 && outcome.stderr.contains("checksum"), "\(outcome)")
    }
}
