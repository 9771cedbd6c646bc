import ArgumentParser
import NNGPU

/// `nngpu explain`.
struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the launches of a training step: what each fuses, costs and takes.",
        discussion: """
            Kernels that do not depend on each other share a launch on CPUs: each after the first \
            stands on a line of its own, after an ampersand, and the numbers are those of all. \
            Where nothing is timed, what is listed here becomes one launch if it can, and the \
            microseconds between launches are saved.

            The bound is the time that a launch needs at least on this device, from its arithmetic \
            and the measured peak or from its bytes and the measured bandwidth of copying, whichever \
            is longer. Data that stays in a cache can be faster than that bandwidth.

            With --passes, what the compiler makes of the step, pass by pass: operations, then \
            kernels with the roles of their operations, then units, stages and places in memory.

            Examples: nngpu explain --hidden 512,512 --batch-size 128 --optimizer adam
                      nngpu explain --passes --hidden 16 --batch-size 8
            """)

    @OptionGroup var modelOptions: ModelOptions
    @OptionGroup var device: DeviceOption

    @Option(help: "The features of a sample (default: 784).")
    var inputs: Int?

    @Option(help: "The outputs of the model (default: 10).")
    var outputs: Int?

    @Option(help: "The samples of a step.")
    var batchSize = 128

    @Option(help: "The optimizer of the step.")
    var optimizer: OptimizerName = .momentum

    @Flag(help: "List what each pass of the compiler leaves of the step.")
    var passes = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        let counts = [
            ("--inputs", inputs), ("--outputs", outputs), ("--batch-size", batchSize),
        ]
        for (flag, count) in counts where (count ?? 1) < 1 {
            throw ValidationError("\(flag) \(count ?? 0) is not positive.")
        }
        if passes, json {
            throw ValidationError("--passes prints lines to read: drop --json.")
        }
        if modelOptions.model != nil, inputs != nil || outputs != nil {
            throw ValidationError("--model says what goes in and out: drop --inputs and --outputs.")
        }
    }

    func run() throws {
        guard let backend = try device.open(isProfiling: true) as? OpenCLBackend else {
            throw ValidationError(
                "The reference has no launches: choose one of `nngpu devices`.")
        }
        Console.diagnose("device: \(backend.name)")
        if passes {
            let graph = try graphs().step(sampleCount: batchSize, batchSize: batchSize)
            return try present(backend.passes(of: graph))
        }
        let launches = try backend.profile(step(on: backend))
        let peak = try backend.measurePeak()
        if json {
            try Console.printJSON(Report(device: backend.name, peak: peak, launches: launches))
        } else {
            try present(launches, peak)
        }
    }

    private func graphs() throws -> TrainingGraphs {
        let description =
            try modelOptions.given()?.description()
            ?? ModelDescription(
                model: modelOptions.perceptron(
                    inputs: inputs ?? 784, outputs: outputs ?? 10,
                    hidden: HiddenLayers.standard),
                inputShape: [inputs ?? 784], loss: .crossEntropy)
        return try TrainingGraphs(
            description.network, task: description.task,
            optimizer: optimizer.optimizer())
    }

    /// The compiled step with random weights and data.
    private func step(on backend: OpenCLBackend) throws -> any Executable {
        let graphs = try graphs()
        let executable = try backend.compile(
            graphs.step(sampleCount: batchSize, batchSize: batchSize))
        let features = try executable.buffer(named: TrainingGraphs.Name.features)
        let philox = Philox(seed: 1)
        try backend.write(
            (0..<features.type.shape.count).map {
                philox.uniform(index: UInt64($0), step: 0, stream: 0)
            }, to: features)
        try backend.write(
            graphs.layout.initialValues(seed: 1).trained,
            to: executable.buffer(named: TrainingGraphs.Name.parameters))
        try backend.write(
            (0..<batchSize).map { Int32($0) },
            to: executable.buffer(named: TrainingGraphs.Name.indices))
        return executable
    }

    private func present(_ passes: [PassListing]) throws {
        for (index, pass) in passes.enumerated() {
            let promises = pass.promises.map { "  after it, \($0)\n" }.joined()
            try Console.print("\(index + 1). \(pass.name)\n\(promises)")
            // What a pass leaves as it was needs no second listing.
            if index == 0 || passes[index - 1].lines != pass.lines {
                try Console.print(pass.lines.map { "    \($0)" }.joined(separator: "\n") + "\n")
            }
        }
    }

    private struct Report: Encodable {
        let device: String
        let peak: DevicePeak
        let launches: [LaunchProfile]
    }

    private func present(_ launches: [LaunchProfile], _ peak: DevicePeak) throws {
        let header = ["launch", "time", "bound", "of bound", "GFLOP/s", "MFLOP", "MB"]
        let rows = launches.flatMap { launch in
            let bound = peak.bound(flops: launch.flops, bytes: launch.bytes)
            let kernels = launch.kernels
            let first = [
                kernels[0], launch.seconds.duration, bound.duration,
                "\((bound / launch.seconds * 100).formatted(decimals: 0)) %",
                (Double(launch.flops) / launch.seconds * 1e-9).formatted(decimals: 1),
                (Double(launch.flops) * 1e-6).formatted(decimals: 2),
                (Double(launch.bytes) * 1e-6).formatted(decimals: 2),
            ]
            return [first] + kernels.dropFirst().map { ["  & \($0)"] }
        }
        try Console.print(Console.table([header] + rows))
        let time = launches.map(\.seconds).reduce(0, +)
        let bound = launches.map { peak.bound(flops: $0.flops, bytes: $0.bytes) }.reduce(0, +)
        try Console.print(
            "\n\(launches.count) launches, \(time.duration); bound \(bound.duration), "
                + "\((bound / time * 100).formatted(decimals: 0)) %")
    }
}
