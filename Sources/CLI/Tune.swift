import ArgumentParser
import Foundation
import NNGPU

/// `nngpu tune`.
struct Tune: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures which kernels are fastest for a model's matrix products on a device.",
        discussion: """
            Candidates run in a process of their own and are compared with a product in double \
            precision: one that does not build, crashes, never ends or is wrong is dropped. What \
            the rules choose without measuring gives way only to what is 5 % faster.

            The result is kept beside the built programs, or in the file that NNGPU_TUNING names; \
            every later run on the same device and driver uses it (NNGPU_TUNING=off: the rules).

            Example: nngpu tune --device 0 --hidden 512,512 --batch-size 32,128 --budget 60s
            """)

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var device: DeviceOption

    @Option(help: "The features of a sample (default: 784).")
    var inputs: Int?

    @Option(help: "The outputs of the model (default: 10).")
    var outputs: Int?

    @Option(help: "The batch sizes to tune for, separated by commas.")
    var batchSize = IntegerList([128])

    @Option(help: "The update rule, part of which may run together with a product.")
    var optimizer: OptimizerName = .adam

    @Option(help: ArgumentHelp("How long to measure at most.", valueName: "seconds"))
    var budget = Seconds(60)

    @Flag(help: "Print what is known of the device's products, without measuring.")
    var show = false

    @Flag(help: "Print JSON: the tuning file.")
    var json = false

    @Flag(help: .hidden)
    var worker = false

    func validate() throws {
        for (flag, count) in [("--inputs", inputs), ("--outputs", outputs)] where (count ?? 1) < 1 {
            throw ValidationError("\(flag) \(count ?? 0) is not positive.")
        }
        if modelOptions.model != nil, inputs != nil || outputs != nil {
            throw ValidationError("--model says what goes in and out: drop --inputs and --outputs.")
        }
    }

    func run() throws {
        if worker, let opencl = try device.device.openCLDevice() {
            return try Tuner.serve(
                on: OpenCLBackend(opencl), answer: StandardStream.writeResult)
        }
        guard let backend = try device.open() as? OpenCLBackend else {
            throw ValidationError("The reference has no kernels: choose one of `nngpu devices`.")
        }
        Console.diagnose("device: \(backend.name)")
        if show { return try present(backend.tuning) }
        let description = try description()
        let graphs = try TrainingGraphs(
            description.network, task: description.task,
            optimizer: optimizer.optimizer())
        let tuning = Tuning(graphs, batchSizes: batchSize.values, on: backend)
        try present(tuning.run(tuning.products(), budget: budget.value))
    }

    private func description() throws -> ModelDescription {
        if let description = try modelOptions.given()?.description() { return description }
        let inputs = inputs ?? 784
        let model = modelOptions.perceptron(
            inputs: inputs, outputs: outputs ?? 10, hidden: HiddenLayers.standard)
        return ModelDescription(model: model, inputShape: [inputs], loss: .crossEntropy)
    }

    private func present(_ file: TuningFile?) throws {
        if json { return try Console.printJSON(file) }
        guard let file else {
            try Console.print("nothing has been measured: the rules choose")
            return
        }
        let header = [
            "m", "n", "k", "layout", "epilogue", "fastest", "time", "GFLOP/s", "by rule", "gain",
            "error",
        ]
        let rows = file.products.map { product in
            let shape = product.shape
            return [
                "\(shape.batchCount > 1 ? "\(shape.batchCount)×" : "")\(shape.m)", "\(shape.n)",
                "\(shape.k)", shape.layout, shape.epilogue, product.method,
                product.seconds.duration,
                (Double(shape.flops) / product.seconds * 1e-9).formatted(decimals: 1),
                product.ruleSeconds.duration,
                product.isRule ? "—" : product.gain, product.relativeError.scientific,
            ]
        }
        try Console.print(Console.table([header] + rows))
    }
}

extension TuningFile.Product {
    /// How much less time than the rules' choice it takes.
    fileprivate var gain: String {
        "\(((1 - seconds / ruleSeconds) * 100).formatted(decimals: 0)) %"
    }
}

/// A duration in seconds: `60s` or `60`.
struct Seconds: ExpressibleByArgument {
    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        guard let value = Double(argument.hasSuffix("s") ? argument.dropLast() : argument[...]),
            value > 0, value.isFinite
        else { return nil }
        self.value = value
    }

    var defaultValueDescription: String { "\(value.formatted(decimals: 0))s" }
}
