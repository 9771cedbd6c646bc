import ArgumentParser
import NNGPU

/// `nngpu evaluate`.
struct Evaluate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints the loss of a saved model, and the accuracy or what else is asked for.",
        discussion: """
            Examples: nngpu evaluate --model model.safetensors
                      nngpu evaluate --model model.safetensors --metrics accuracy,top-2,confusion
            """)

    @Option(help: "The saved model (safetensors or ONNX), or a checkpoint.", completion: .file())
    var model: String

    @OptionGroup var dataOptions: DataOptions

    @Option(help: "What generated data depend on, as for train.")
    var seed: UInt64 = 0

    @Option(help: MetricList.help, transform: MetricList.init(parsing:))
    var metrics: MetricList?

    @OptionGroup var device: DeviceOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let file = try ModelFile.read(model)
        let described = try ModelDescription(of: file)
        let read = try dataOptions.load(seed: seed, for: described.network)
        let split = try read.labelled(for: described.task.loss, as: file.classNames)
        let judged = split.judged
        let saved = try SavedModel(
            file,
            judgedBy: {
                let task = $0.ignoringUnlabelled(split).reportingPerplexity(of: described.network)
                return try metrics?.task(task, on: judged) ?? task
            }
        ) { description in
            let subject = try ProbeSubject(
                description,
                evaluationBatchSize: Trainer.evaluationBatchSize(of: judged),
                features: judged.features.elementType)
            try subject.graphs().check(judged)
            return try device.open(for: subject)
        }
        let evaluation = try saved.trainer.evaluate(judged)
        if json {
            try Console.printJSON(
                Result(
                    device: saved.trainer.deviceName, data: judged.name, samples: evaluation.count,
                    loss: evaluation.loss, accuracy: evaluation.accuracy,
                    metrics: Dictionary(
                        evaluation.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }),
                    confusion: evaluation.confusion.map { $0.rows }))
        } else {
            try Console.print(evaluation.sentence(on: judged.name))
            if let confusion = evaluation.confusion {
                try Console.print(
                    "\n" + confusion.table(saved.classNames ?? judged.classNames) + "\n")
            }
        }
    }

    private struct Result: Encodable {
        let device: String
        let data: String
        let samples: Int
        let loss: Double
        let accuracy: Double?
        let metrics: [String: Double]
        /// How often each class was predicted for each label, label by label.
        let confusion: [[Int]]?
    }
}
