import ArgumentParser
import NNGPU

/// `nngpu train`.
struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains a network.",
        discussion: """
            --data is fashion-mnist, a folder of IDX files, x.npy,y.npy, a table of text \
            (.csv), text:FILE,… to predict each token of a text from those before it (the last \
            tenth is held out), tokens:FILE.bin with the 16-bit tokens of llm.c or nanoGPT, or a \
            generated set: xor, moons, circles, spirals, sine. Optimizers have PyTorch's update \
            rules and defaults.

            A run file has the long names of the flags as keys (`batch-size: 64`, `resume: true`) and \
            paths that are relative to the current folder, as on the line.

            Examples: nngpu train --device 0 --epochs 5 --save model.safetensors
                      nngpu train --epochs 5 --report run.html
                      nngpu train --hidden 64 --print-config > run.yaml
                      nngpu train run.yaml --seed 7
                      nngpu train --checkpoint run --every 500 --resume
                      nngpu train --data text:book.txt --model gpt:layers=6,width=192,heads=6
            """)

    @Argument(
        help: ArgumentHelp(
            "Take settings from this YAML or JSON file; flags on the line win.",
            valueName: "run.yaml"),
        completion: .file(extensions: ["yaml", "yml", "json"]))
    var runFile: String?

    @OptionGroup var dataOptions: DataOptions
    @Option(
        help: ArgumentHelp(
            "What decides while training goes on: a share of the samples to hold out, such as 0.1 (of each class "
                + "alike), or other data as for --data. The test samples are looked at once, in the end "
                + "(default: the test samples).", valueName: "share|spec"),
        completion: .file())
    var validation: String?

    @Option(
        help: ArgumentHelp(
            "How features are scaled, by the training samples alone, and again wherever the saved model is used: auto "
                + "(bytes to [0, 1]), none, unit (into [0, 1]), standard (mean 0, deviation 1); by column of a "
                + "table and channel of an image (default: auto, or as --init has it)."))
    var scale: Scale?

    @Option(
        help: ArgumentHelp(
            "Change the images of a step at random: flip (mirror half of them left to right), crop:P (put P zeros around "
                + "them and cut out a part of their size), shift:P (the same with the edge repeated), cutout:S (a "
                + "square of side S becomes 0). The changes follow from --seed, the epoch and the sample.",
            valueName: "flip,crop:4,…"), transform: Augmentation.init(parsing:))
    var augment: Augmentation?

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var device: DeviceOption

    @Option(
        help: LossOption.help, completion: LossOption.completion,
        transform: LossOption.init(parsing:))
    var loss: LossOption?

    @Option(help: "Passes over the data (default: 10).")
    var epochs: Int?

    @Option(help: "Steps to take instead of whole epochs.")
    var steps: Int?

    @Option(help: "The samples of a step; the last step of an epoch takes what is left.")
    var batchSize = 128

    @Option(
        help: ArgumentHelp(
            "Add a step's gradient up over so many parts of its samples, so that less of the device's "
                + "memory is needed; the step is the same but for rounding.", valueName: "parts"))
    var accumulate = 1

    @OptionGroup var optimization: OptimizerFlags

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes: constant, step:SIZE:GAMMA, cosine[:MINIMUM], with "
                + "warmup:STEPS+ in front if wanted; counted in steps."))
    var schedule = "constant"

    @Option(help: "The largest norm that the gradient may have; longer ones are scaled down.")
    var clipNorm: Double?

    @Option(
        help:
            "Stop after so many epochs without a smaller validation loss, and keep the best weights."
    )
    var patience: Int?

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Keep samples of up to so many MiB on the device; of more, threads bring each batch while the device computes "
                + "(default: half of its memory; of folders of images 64, or 1024 on a device with memory of its own).",
            valueName: "MiB"))
    var dataMemory: Int?

    @Flag(help: "Take the samples in the order of the file.")
    var noShuffle = false

    @Option(help: "Every how many steps the loss is read from the device and shown.")
    var lossInterval = 50

    @Option(
        name: .customLong("init"),
        help: "Start from these weights (safetensors, ONNX, .npz or a checkpoint).",
        completion: .file())
    var initial: String?

    @Option(
        help: ArgumentHelp(
            "Take those of --init whose names begin so, without that (default: what all have in front, such as "
                + "`module.`, where the rest fits).", valueName: "prefix"))
    var initPrefix: String?

    @Option(
        help: ArgumentHelp(
            "Do not train the parameters whose names fit these patterns of a shell, such as "
                + "'trunk.*'. With it, --init takes what fits of the file, and the rest begins anew.",
            valueName: "pattern,…"))
    var freeze: NamePatterns?

    @Option(
        help: "Write the trained model here (safetensors, or what .onnx or .npz says).",
        completion: .file())
    var save: String?

    @Option(
        help: ArgumentHelp(
            "Write a page with curves, confusion matrix and mistakes here.",
            valueName: "file.html"),
        completion: .file())
    var report: String?

    @OptionGroup var checkpoints: CheckpointOptions
    @OptionGroup var watching: WatchOptions
    @OptionGroup var divergence: DivergenceOptions

    @Flag(
        help: ArgumentHelp(
            "Never measure kernels before a long training; what `nngpu tune` has measured is used, "
                + "else the rules."))
    var noTune = false

    @Flag(help: "Print all settings as a run file, and do not train.")
    var printConfig = false

    @Flag(help: "Print the result as JSON.")
    var json = false

    @Flag(help: "Print nothing while training.")
    var quiet = false

    func validate() throws {
        guard epochs == nil || steps == nil else {
            throw ValidationError("--epochs and --steps both say how long to train: give one.")
        }
        let counts = [
            ("--epochs", epochs), ("--steps", steps), ("--batch-size", batchSize),
            ("--accumulate", accumulate),
            ("--patience", patience), ("--loss-interval", lossInterval),
        ]
        for (flag, count) in counts {
            if let count, count < 1 { throw ValidationError("\(flag) \(count) is not positive.") }
        }
        if let dataMemory, !(0...1 << 32).contains(dataMemory) {
            throw ValidationError("--data-memory \(dataMemory) is no size in MiB.")
        }
        do { _ = try LearningRateSchedule(schedule) } catch {
            throw ValidationError(error.description)
        }
        if initPrefix != nil, initial == nil {
            throw ValidationError("--init-prefix needs --init FILE to say of what.")
        }
        if let save { try ModelFile.checkEnding(of: save, flag: "--save") }
    }

    func run() throws {
        // One has been read and left out before; here, what misspelled flags leave over is known.
        if let runFile {
            throw ValidationError(
                "Unexpected argument '\(runFile)': give one run file, and no `--` before it.")
        }
        if printConfig {
            return try Console.print(RunSettings(Invocation.words.dropFirst()).yaml())
        }
        for path in [save, report].compactMap({ $0 }) { try OutputFile.check(path) }
        try watching.check()
        let subject = try subject()
        let backend = try device.open(
            isProfiling: watching.trace != nil, for: subject.probe, isQuiet: quiet)
        if checkpoints.verifyResume { return try verifyResume(subject, on: backend) }
        try finish(train(subject, on: backend))
    }
}

extension Augmentation {
    fileprivate init(parsing argument: String) throws {
        do { try self.init(argument) } catch { throw ValidationError(error.description) }
    }
}
