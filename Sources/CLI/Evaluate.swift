import ArgumentParser
import NNGPU

/// `nngpu evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the loss and accuracy of a saved model.",
        discussion: "Example: nngpu evaluate --model model.safetensors")

    @Option(help: "The saved model (safetensors or ONNX).", completion: .file())
    var model: String

    @Option(
        help: ArgumentHelp("What to evaluate on, as for train.", valueName: "spec"),
        completion: .file())
    var data = "fashion-mnist"

    @Option(help: "What generated data depend on, as for train.")
    var seed: UInt64 = 0

    @OptionGroup var device: DeviceOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let split = try DataSource(data).load(seed: seed)
        let judged = split.test ?? split.train
        let saved = try SavedModel(contentsOf: model) { description in
            let subject = try ProbeSubject(
                description,
                evaluationBatchSize: min(Trainer.evaluationBatchSize, judged.count),
                features: judged.features.elementType)
            try subject.graphs().check(judged)
            return try device.open(for: subject)
        }
        let evaluation = try saved.trainer.evaluate(judged)
        if json {
            try Console.printJSON(
                Result(
                    device: saved.trainer.deviceName, data: judged.name, samples: evaluation.count,
                    loss: evaluation.loss, accuracy: evaluation.accuracy))
        } else {
            try Console.print(evaluation.sentence(on: judged.name))
        }
    }

    private struct Result: Encodable {
        let device: String
        let data: String
        let samples: Int
        let loss: Double
        let accuracy: Double?
    }
}
