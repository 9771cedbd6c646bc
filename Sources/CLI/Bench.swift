import ArgumentParser
import Benchmarks
import NNGPU

/// `nngpu bench`.
struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures a device against its own limits.",
        discussion: """
            Suites: peak (the device's limits), matmul, kernels (what training computes besides \
            products), convolutions (forward and both gradients of single ones), step (whole training \
            steps), train (the time from the start of a process to 88 % accuracy on Fashion-MNIST) and \
            compile (how long graphs of up to 50,000 operations take to compile). Without one, all but convolutions and compile run.

            Networks of suite step: default (784-512-512-10; batches 32, 128, 512 and 2048), deep \
            (784, eight layers of 256, 10; batch 128), wide (512-32000; batch 128) and tiny (8-8-2; \
            batch 1). With --batch-size and no --model, only the first. Any preset of `nngpu model` and \
            any model file of a classifier can be measured, too.

            Examples: nngpu bench
                      nngpu bench step --device 0 --batch-size 128 --optimizer adam --json
                      nngpu bench step --model cnn,resnet20 --batch-size 32,128
                      nngpu bench --json > before.json, then: nngpu bench --baseline before.json
            """)

    enum Suite: String, CaseIterable, ExpressibleByArgument {
        case peak, matmul, kernels, convolutions, step, train, compile
    }

    @Argument(help: "The suite to run; all by default.")
    var suite: Suite?

    @OptionGroup var device: DeviceOption

    @Option(
        help: ArgumentHelp(
            "The networks of suite step, separated by commas: those above, presets such as cnn or "
                + "resnet20:channels=3,height=32,width=32, or files.", valueName: "name,…"))
    var model: StepModelList?

    @Option(help: "The batch sizes of suite step, separated by commas.")
    var batchSize: IntegerList?

    @Option(help: "The optimizers of suite step, separated by commas.")
    var optimizer: OptimizerList = OptimizerList(values: [.momentum, .adam])

    @Option(
        help: ArgumentHelp(
            "Only those of suites kernels and convolutions whose name and size, such as "
                + "`row-sum 4096x4096` or `3x64 64x64 k7 s2 p3 input`, contain this.",
            valueName: "text"))
    var filter: String?

    @Option(
        help: ArgumentHelp(
            "Compare with what --json printed earlier.", valueName: "file"))
    var baseline: String?

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: .hidden)
    var worker = false

    func validate() throws {
        let isOfConvolutions = suite == .convolutions
        let labels =
            isOfConvolutions
            ? ConvolutionCase.all.map(\.label) : KernelCase.all.map(\.label)
        if let filter, !labels.contains(where: { $0.contains(filter) }) {
            throw ValidationError(
                "--filter \(filter) fits none of suite \(isOfConvolutions ? "convolutions" : "kernels"), such as "
                    + "\(labels[0]).")
        }
    }

    func run() throws {
        // What cannot be compared should not be measured first, and what cannot be measured not begun.
        let baseline = try baseline.map(Baseline.init(contentsOf:))
        let models = suite == nil || suite == .step ? try chosenModels : []
        if worker {
            var worker = try BenchWorker(on: device.device.open())
            return try worker.serve()
        }
        let backend = try device.open()
        guard suite != .peak || backend is OpenCLBackend else {
            throw ValidationError(
                "Suite peak measures an OpenCL device, and this is the reference: choose one of "
                    + "`nngpu devices`.")
        }
        Console.diagnose("device: \(backend.name)")
        if suite == .train { _ = try TimeToAccuracy.data(seed: 0) }
        let peak = try (backend as? OpenCLBackend)?.measurePeak()
        var report = BenchReport(
            device: backend.name, driver: (backend as? OpenCLBackend)?.device.driverVersion,
            version: NNGPUCommand.configuration.version, peak: peak)
        if suite == nil || suite == .peak { try present(peak.map(BenchTables.peak)) }
        if suite == nil || suite == .matmul {
            let rows = try MatMulSuite.run(on: backend, peak: peak)
            report.matmul = rows
            try present(BenchTables.table(rows))
        }
        if suite == nil || suite == .kernels {
            let rows = try KernelSuite.run(on: backend, filter: filter, peak: peak)
            report.kernels = rows
            try present(BenchTables.table(rows))
        }
        if suite == .convolutions {
            let rows = try ConvolutionSuite.run(on: backend, filter: filter, peak: peak)
            report.convolutions = rows
            try present(BenchTables.table(rows))
        }
        if suite == nil || suite == .step {
            let rows = try models.flatMap {
                try StepSuite.run(
                    $0, batchSizes: batchSize?.values ?? $0.batchSizes,
                    optimizers: optimizer.values, peak: peak, on: backend)
            }
            report.step = rows
            try present(BenchTables.table(rows))
        }
        if let rows = try trainRows() {
            report.train = rows
            try present(BenchTables.table(rows))
        }
        if suite == .compile {
            let rows = try CompileSuite.run(on: backend)
            report.compile = rows
            try present(BenchTables.table(rows))
        }
        if let baseline {
            if baseline.device != backend.name {
                Console.diagnose("the baseline was measured on another device: \(baseline.device)")
            }
            let rows = baseline.comparison(with: report)
            report.baseline = rows
            try present(BenchTables.table(rows))
        }
        if json { try Console.printJSON(report) }
    }

    private var chosenModels: [StepModel] {
        get throws {
            let names = batchSize == nil ? StepModel.names : [StepModel.names[0]]
            return try (model?.names ?? names).map(StepModel.init(given:))
        }
    }

    /// The row of suite train; nil if it was not asked for, or nobody insists and the data are missing.
    private func trainRows() throws -> [TrainRow]? {
        guard suite == nil || suite == .train else { return nil }
        do {
            return [try TrainRow.measured(device: device.device)]
        } catch let failure as BenchChildError where suite == nil && failure.code == 66 {
            Console.diagnose("suite train is left out: \(failure)")
            return nil
        }
    }

    private func present(_ text: String?) throws {
        guard !json, let text else { return }
        try Console.print(text + "\n")
    }
}

/// Names of networks separated by commas.
struct StepModelList: ExpressibleByArgument {
    let names: [String]

    init?(argument: String) {
        // A preset's own options have commas, too: `resnet20:channels=3,height=32`.
        names = argument.split(separator: ",").reduce(into: []) { names, part in
            if part.contains("="), !part.contains(":"), let last = names.popLast() {
                names.append("\(last),\(part)")
            } else {
                names.append(String(part))
            }
        }
        if names.isEmpty { return nil }
    }
}

extension StepModel {
    /// The network of suite step of a name, or what `--model` means elsewhere.
    init(given name: String) throws {
        if let known = try StepModel(named: name) {
            self = known
        } else {
            try self.init(name, GivenModel(name).network)
        }
    }
}
