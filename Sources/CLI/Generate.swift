import ArgumentParser
import NNGPU

/// `nngpu generate`.
struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a text with a model that was trained on one.",
        discussion: """
            The prompt and what the model goes on with are written as they come; Ctrl-C stops. The same \
            prompt, options and seed give the same text on the same device.

            Examples: nngpu train --model gpt --data text:book.txt --save model.safetensors
                      nngpu generate --model model.safetensors --prompt "In the beginning"
                      nngpu generate --model model.safetensors --prompt "And" --temperature 0.8 --top-k 40
            """)

    @Option(help: "The saved model (safetensors), or a checkpoint.", completion: .file())
    var model: String

    @Option(help: "The text to go on from.")
    var prompt: String

    @Option(help: "How many tokens to write.")
    var tokens = 200

    @Option(
        help:
            "Below 1 likely tokens become likelier, above 1 less so; with 0 the likeliest is taken."
    )
    var temperature = 1.0

    @Option(help: ArgumentHelp("Choose from so many of the likeliest tokens.", valueName: "N"))
    var topK: Int?

    @Option(
        help: ArgumentHelp(
            "Choose from the fewest likeliest tokens that have so much of the probability.",
            valueName: "share"))
    var topP = 1.0

    @Option(help: "What the choices depend on.")
    var seed: UInt64 = 0

    @OptionGroup var device: DeviceOption

    func validate() throws {
        guard !prompt.isEmpty else {
            throw ValidationError("--prompt is empty: give at least one character to go on from.")
        }
        guard tokens >= 0 else { throw ValidationError("--tokens \(tokens) is negative.") }
        do { _ = try sampling } catch { throw ValidationError("\(error)") }
    }

    private var sampling: TokenSampling {
        get throws(GenerationError) {
            try TokenSampling(temperature: temperature, topK: topK, topP: topP, seed: seed)
        }
    }

    func run() throws {
        let file = try ModelFile.read(model)
        let description = try ModelDescription(of: file)
        let backend = try device.open(for: ProbeSubject(description, predictionBatchSize: 1))
        let parameters = try ParameterStore(of: description.network, on: backend)
        try parameters.load(file)
        let generator = try TextGenerator(description.network, parameters)
        Interruption.catchSignals()
        var text = ReadableText()
        try StandardStream.writeResult(text.take(Array(prompt.utf8)))
        let start = ContinuousClock.now
        var count = 0
        try generator.write(after: prompt, count: tokens, sampling) { bytes in
            count += 1
            try StandardStream.writeResult(text.take(bytes))
            return !Interruption.isRequested
        }
        try StandardStream.writeResult(text.finish() + [UInt8(ascii: "\n")])
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        if count > 0, seconds > 0 {
            let rate = (Double(count) / seconds).formatted(decimals: 1)
            Console.diagnose("\(count.grouped) tokens, \(rate) a second")
        }
        if Interruption.isRequested { throw ExitCode(Interruption.exitCode) }
    }
}
