import ArgumentParser
import Foundation
import NNGPU

/// `nngpu predict`.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Applies a saved model to samples, of which there may be any number.",
        discussion: """
            Reads .npy of shape [samples, …] and tables of one sample a row, whose numbers are taken as \
            they are, and bytes, which become numbers in [0, 1]: .npy of uint8, IDX files, PNG and JPEG \
            images (also all of a folder) and bare bytes (.raw); gzipped or not. Several inputs are read \
            one after the other. Samples have the shape that the model was trained on, or are rows; \
            columns of a table are taken by the names that they had in training, if it has names; images are turned gray or given three equal channels as the model needs it, and resized \
            only if --image-size did so in training.

            Writes the model's outputs (logits, for a classifier): as CSV or JSON lines, with the \
            predicted class where there are classes, or as .npy.

            Examples: nngpu predict --model model.safetensors --input x.npy --output logits.npy
                      nngpu predict --model model.safetensors --input digits/ --probabilities
            """)

    @Option(help: "The saved model (safetensors or ONNX).", completion: .file())
    var model: String

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The samples: files, folders of PNG and JPEG images, - for standard input.",
            valueName: "file|folder|-"))
    var input: [String]

    @Option(help: "The format of the samples, where neither ending nor content tells it.")
    var inputFormat: SampleStream.Format?

    @Option(help: "Where to write; standard output by default.", completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp("The format to write, by default what --output ends in, or CSV."))
    var format: PredictionFormat?

    @Flag(help: "Write probabilities in place of logits.")
    var probabilities = false

    @OptionGroup var device: DeviceOption

    private var outputFormat: PredictionFormat {
        format ?? output.flatMap(PredictionFormat.init(fileName:)) ?? .csv
    }

    func validate() throws {
        guard outputFormat != .npy || output != nil else {
            throw ValidationError(
                "--format npy needs --output: how many rows there are stands in front of them.")
        }
    }

    func run() throws {
        if let output { try OutputFile.check(output) }
        let saved = try SavedModel(ModelFile.read(model)) { description in
            try device.open(
                for: ProbeSubject(
                    description,
                    predictionBatchSize: Self.portionSize(of: description.network.inputShape)))
        }
        let loss = saved.description.task.loss
        guard !probabilities || loss.isClassification else {
            throw ValidationError(
                "--probabilities needs a model of classes, and \(model) was trained for "
                    + "\(type(of: loss).typeName).")
        }
        var samples = try SampleStream(
            input, format: inputFormat, for: saved.description.network.inputs[0],
            missing: saved.description.network.missingValues)
        let table = PredictionTable(
            format: outputFormat, meaning: loss.meaning, classNames: saved.classNames,
            areFiles: samples.areFiles, showsProbabilities: probabilities)
        let destination = try PredictionDestination(output)
        // Whoever interrupts gets no half of a file, and no scratch file either.
        if output != nil { Interruption.catchSignals() }
        let limit = Self.portionSize(of: saved.description.network.inputShape)
        var (count, width) = (0, 0)
        while case let portion = try samples.next(limit), !portion.files.isEmpty {
            for remark in portion.remarks { Console.diagnose("note: \(remark)") }
            let outputs = try saved.trainer.predict(portion.features)
            if count == 0 {
                width = outputs.count / portion.files.count
                try destination.append(table.header(width: width))
            }
            count += portion.files.count
            try destination.append(table.rows(outputs, width: width, files: portion.files))
            if Interruption.isRequested { throw ExitCode(Interruption.exitCode) }
        }
        try destination.finish(table.finalHeader(count: count, width: width))
    }

    /// How many samples are in memory at once: as many as an evaluation takes, or 16 MiB of them.
    private static func portionSize(of sampleShape: Shape) -> Int {
        max(1, min(Trainer.evaluationBatchSize, 1 << 22 / sampleShape.count))
    }
}

extension SampleStream.Format: ExpressibleByArgument {}
