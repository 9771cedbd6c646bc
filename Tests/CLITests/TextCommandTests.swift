import Foundation
import NNGPU
import Testing

/// Models of language by the tool.
@Suite struct TextCommandTests {
    private let workspace: Workspace
    private static let text = String(
        repeating: "the quick brown fox jumps over the lazy dog. ", count: 40)
    private static let preset = "gpt:layers=2,width=16,heads=2,context=8"
    private let line =
        "train --data text:fox.txt --model \(preset) --batch-size 16 --lr 0.01 --no-tune"

    init() throws {
        workspace = try Workspace()
        try workspace.write(Self.text, as: "fox.txt")
    }

    private struct Trained: Decodable {
        let loss, perplexity: Double
        let accuracy: Double?
        let evaluatedOn: String
        let samples: Int
    }

    @Test(arguments: testedDevices) func aTextIsLearnedAndWritten(device: String) throws {
        let run = try workspace.run(
            "\(line) --tokenizer characters --steps 300 --decay matrices --optimizer adamw "
                + "--schedule warmup:20+cosine --clip-norm 1 --save m.safetensors --log run.jsonl "
                + "--json --device \(device)")
        #expect(run.code == 0, "\(run)")
        let trained = try JSONDecoder().decode(Trained.self, from: Data(run.stdout.utf8))
        // A tenth of the 224 sequences of 8 tokens with one behind them.
        #expect(trained.evaluatedOn == "text fox.txt, held out" && trained.samples == 22)
        // The text says of all but the first tokens of a sequence what comes next.
        #expect(trained.loss < 0.6 && trained.accuracy == nil)
        #expect(abs(trained.perplexity - exp(trained.loss)) < 1e-9)
        for words in [
            "input features: [8]", "28 characters", "the token that follows each",
            "decay of matrices alone", "perplexity", "tokens/s",
        ] {
            #expect(run.stderr.contains(words), "\(run.stderr)")
        }
        let log = String(decoding: try workspace.data("run.jsonl"), as: UTF8.self)
        #expect(log.contains(#""tokensPerSecond":"#) && log.contains(#""perplexity":"#))

        let written = try workspace.run(
            "generate --model m.safetensors --prompt fox --tokens 40 --temperature 0 "
                + "--device \(device)")
        let wanted = "fox jumps over the lazy dog. the quick brown fox jumps".prefix(43)
        #expect(written.code == 0 && written.stdout == "\(wanted)\n", "\(written)")
        #expect(written.stderr.contains("40 tokens"))
        struct Evaluated: Decodable {
            let loss: Double
            let metrics: [String: Double]
        }
        let evaluated = try workspace.decode(
            Evaluated.self,
            "evaluate --model m.safetensors --data text:fox.txt --json --device \(device)")
        #expect(evaluated.loss < 0.6 && evaluated.metrics["perplexity"] != nil)
        let unknown = try workspace.run(
            "generate --model m.safetensors --prompt The --device \(device)")
        #expect(unknown.code == 66 && unknown.stderr.contains("does not know the character \"T\""))
    }

    @Test func aTextNeedsNoModel() throws {
        let printed = try workspace.run("train --data text:fox.txt --steps 1 --batch-size 1")
        #expect(printed.code == 0 && printed.stderr.contains("GPT2Block(6 heads)"), "\(printed)")
    }

    @Test(arguments: testedDevices) func resumedTrainingsHaveTheSameBits(device: String) throws {
        let line = "\(line) --quiet --device \(device)"
        try workspace.succeed("\(line) --steps 9 --save whole.safetensors")
        try workspace.succeed("\(line) --steps 4 --checkpoint run")
        try workspace.succeed(
            "\(line) --steps 9 --checkpoint run --resume --save resumed.safetensors")
        #expect(
            try workspace.data("whole.safetensors") == workspace.data("resumed.safetensors"))
        // A checkpoint is a saved model, too.
        let text = try workspace.succeed(
            "generate --model run/step-000000000009.safetensors --prompt fox --tokens 3 --device \(device)"
        )
        #expect(text.hasPrefix("fox"))
    }

    @Test func tokensOfAFileAreLearned() throws {
        let bytes = Self.text.utf8.flatMap { (byte: UInt8) -> [UInt8] in [byte, 0] }
        try workspace.write(Data(bytes), as: "train.bin")
        try workspace.write(Data(bytes.prefix(200)), as: "other.bin")
        let trained = try workspace.decode(
            Trained.self,
            "train --data tokens:train.bin --validation tokens:other.bin --model \(Self.preset) "
                + "--steps 3 --batch-size 4 --json --save m.safetensors")
        #expect(trained.evaluatedOn == "tokens other.bin" && trained.samples == 12)
        let written = try workspace.run("generate --model m.safetensors --prompt a")
        #expect(written.code != 0 && written.stderr.contains("does not say what text"))
    }

    @Test func mistakesAreSaid() throws {
        try workspace.write("abc", as: "short.txt")
        for (command, code, words) in [
            ("train --data text:none.txt", 66, "none.txt"),
            ("train --data text: --steps 1", 64, "no data source"),
            ("train --data text:short.txt", 66, "too few"),
            ("train --data moons --tokenizer bytes", 64, "--tokenizer is about text:FILE"),
            ("train --data text:fox.txt --report r.html", 64, "--report"),
            ("train --data text:fox.txt --model gpt:heads=5 --steps 1", 66, "divisor of the width"),
            ("train --data text:fox.txt --validation 1.5", 64, "not between 0 and 1"),
            ("generate --model fox.safetensors --prompt a --top-p 0", 64, "above 0"),
            ("generate --model none.safetensors --prompt a", 66, "none.safetensors"),
        ] as [(String, Int32, String)] {
            let run = try workspace.run(command)
            #expect(run.code == code && run.stderr.contains(words), "\(command): \(run)")
        }
        try workspace.succeed("train --data moons --steps 1 --save moons.safetensors")
        let run = try workspace.run("generate --model moons.safetensors --prompt a")
        #expect(run.code != 0 && run.stderr.contains("not logits of tokens"), "\(run)")
    }

    /// The first signal ends the text after the token that is being computed.
    @Test func anInterruptionEndsTheText() throws {
        try workspace.succeed("\(line) --steps 2 --quiet --save m.safetensors")
        let run = try ToolRun(
            "generate --model m.safetensors --prompt the --tokens 1000000000", in: workspace)
        try run.wait { run.stdout.count > 10 }
        run.send(SIGINT)
        let outcome = try run.outcome()
        #expect(outcome.code == 130 && outcome.stdout.hasSuffix("\n"), "\(outcome.code)")
    }
}
