import ArgumentParser
import Foundation
import NNGPU

/// `nngpu check`.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a model's gradients against finite differences and the reference.",
        discussion: """
            The reference's gradients, in double precision, are compared with finite differences \
            (element by element within the bound that truncation and rounding leave; where a kink, \
            as of a ReLU, leaves more than 1e-6 of a typical derivative, the element is counted as \
            such, and at most half of the sample may be), the device's with the reference's (within \
            the bound that running error analysis derives for single precision, element by element).

            Example: nngpu check --hidden 64,32 --activation gelu --device 0
            """)

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var device: DeviceOption

    @Flag(help: "Check a small model with every kind of layer that takes numbers.")
    var everyLayer = false

    @Option(
        help: "The loss to differentiate, as for train.", completion: LossOption.completion,
        transform: LossOption.init(parsing:))
    var loss: LossOption?

    @Option(help: "The features of a sample (default: 784, with --every-layer 12).")
    var inputs: Int?

    @Option(help: "The outputs of the model (default: 10, with --every-layer 7).")
    var outputs: Int?

    @Option(help: "The random samples in the batch.")
    var batchSize = 4

    @Option(help: "The most elements of a parameter that are differentiated numerically.")
    var samples = 20

    @Option(help: "What weights and data depend on.")
    var seed: UInt64 = 0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let counts = [
            ("--inputs", inputs), ("--outputs", outputs), ("--batch-size", batchSize),
            ("--samples", samples),
        ]
        for (flag, count) in counts where (count ?? 1) < 1 {
            throw ValidationError("\(flag) \(count ?? 0) is not positive.")
        }
        let isDescribed = modelOptions.model != nil
        if isDescribed, inputs != nil || outputs != nil {
            throw ValidationError("--model says what goes in and out: drop --inputs and --outputs.")
        }
        if everyLayer, isDescribed || modelOptions.describesLayers {
            throw ValidationError(
                "--every-layer says what the layers are: drop --model, --hidden, --activation and "
                    + "--dropout.")
        }
    }

    func run() throws {
        let subject = try subject()
        let task = loss.map { TrainingTask($0.loss) } ?? subject.description.task
        let backend = try device.open(
            for: ProbeSubject(
                ModelDescription(subject.description.network, task: task), batchSize: batchSize))
        let check = try GradientCheck(
            of: subject.description.network, task: task, on: backend,
            parameters: subject.parameters,
            batchSize: batchSize, samples: samples, seed: seed)
        if json {
            try Console.printJSON(check)
        } else {
            Console.diagnose("device: \(backend.name)")
            try present(check, of: subject.description)
        }
        if !check.passes { throw ExitCode(1) }
    }

    private func subject() throws -> (description: ModelDescription, parameters: ParameterValues?) {
        if everyLayer { return (Self.everyLayer(inputs: inputs ?? 12, outputs: outputs ?? 7), nil) }
        if let given = try modelOptions.given() {
            let layout = try ParameterLayout(of: given.network)
            return (try given.description(), try given.file.map(layout.values))
        }
        let inputs = inputs ?? 784
        let model = modelOptions.perceptron(
            inputs: inputs, outputs: outputs ?? 10, hidden: HiddenLayers.standard)
        return (
            ModelDescription(model: model, inputShape: [inputs], loss: .crossEntropy), nil
        )
    }

    private static func everyLayer(inputs: Int, outputs: Int) -> ModelDescription {
        let model = Sequential {
            Linear(inputs, 23)
            Sigmoid()
            Linear(23, 19)
            Tanh()
            Linear(19, 17)
            ReLU()
            Dropout(rate: 0.2)
            Linear(17, 16)
            LeakyReLU()
            Linear(16, 13)
            GELU()
            Linear(13, 11, bias: false)
            Softplus()
            Sequential {
                Linear(11, 9)
                Softmax()
            }
            LayerNorm(9)
            Residual(
                Sequential {
                    Linear(9, 6)
                    Tanh()
                }, shortcut: Sequential { Linear(9, 6, bias: false) })
            Parallel(merge: .concatenation(axis: 1)) {
                Linear(6, 5)
                Flatten()
            }
            Linear(11, outputs)
        }
        return ModelDescription(model: model, inputShape: [inputs], loss: .crossEntropy)
    }

    // MARK: - Tables

    private func present(_ check: GradientCheck, of description: ModelDescription) throws {
        let header = [
            "parameter", "elements", "sampled", "kinks", "differences", "bound", "device", "bound",
            "",
        ]
        let rows = check.rows.map { row in
            [
                row.parameter, row.count.grouped, String(row.sampled), String(row.kinks),
                row.differenceError.scientific, row.differenceBound.scientific,
                row.deviceError.scientific, row.deviceBound.scientific,
                row.passes ? "ok" : "FAIL",
            ]
        }
        try Console.print(Console.table([header] + rows))
        let costs = [
            ["way to the whole gradient", "evaluations", "each", "in all"],
            cost("backpropagation, device", check.device),
            cost("backpropagation, reference", check.backpropagation),
            cost("numerical differentiation, reference", check.numerical, isEstimate: true),
        ]
        try Console.print("\n" + Console.table(costs))
        try Console.print(
            """

            \(check.parameterCount.grouped) weights: backpropagation is O(|W|), numerical \
            differentiation O(|W|²), \
            \(Int(check.numerical.seconds / max(check.backpropagation.seconds, 1e-9)).grouped) \
            times the time on the reference (its total from the time of one evaluation).
            """)
    }

    private func cost(
        _ name: String, _ cost: GradientCheck.Cost, isEstimate: Bool = false
    ) -> [String] {
        [
            name, cost.evaluations.grouped, cost.secondsEach.duration,
            (isEstimate ? "≈ " : "") + cost.seconds.duration,
        ]
    }
}
