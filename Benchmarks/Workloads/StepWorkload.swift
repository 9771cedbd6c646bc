import NNGPU

/// A whole training step with ReLU and softmax cross-entropy, ready to repeat.
public final class StepWorkload: Workload {
    /// The network.
    public let model: StepModel
    /// The samples of one step.
    public let batchSize: Int
    /// Floating-point operations of the matrix products of one step.
    public let flops: Double

    /// The compiled step.
    public let executable: any Executable

    private let backend: any Backend
    private let scalars: any TensorBuffer
    private let optimizer: any Optimizer
    private let name: OptimizerName
    private var step = 0

    /// Compiles the step and gives it random data, resident on the device.
    public init(
        _ model: StepModel = .standard, batchSize: Int, optimizer name: OptimizerName,
        on backend: any Backend
    ) throws {
        let sizes = model.sizes
        let (inputs, classes) = (sizes[0], sizes[sizes.count - 1])
        let sampleCount = max(2048, batchSize)
        self.model = model
        self.name = name
        optimizer = name.optimizer()
        let graphs = try TrainingGraphs(
            model: model.layers, inputShape: [inputs], loss: .crossEntropy,
            optimizer: optimizer)
        let features = try RandomData.uniform(
            [sampleCount, inputs], in: 0..<1, stream: 0, on: backend)
        executable = try backend.compile(
            graphs.step(sampleCount: sampleCount, batchSize: batchSize),
            binding: [TrainingGraphs.Name.features: features])
        scalars = try executable.buffer(named: TrainingGraphs.Name.scalars)
        self.batchSize = batchSize
        self.backend = backend
        // Forward, weight gradient and, but for the first layer, input gradient: 2·m·n·k each.
        let products = zip(sizes, sizes.dropFirst()).map { Double($0 * $1) }
        flops = 2 * Double(batchSize) * (3 * products.reduce(0, +) - products[0])

        typealias Name = TrainingGraphs.Name
        try backend.write(
            graphs.layout.initialValues(seed: 1).trained,
            to: executable.buffer(named: Name.parameters))
        try backend.write(
            Array(
                Philox(seed: 1).permutation(count: sampleCount, step: 0, stream: 1)
                    .prefix(batchSize)),
            to: executable.buffer(named: Name.indices))
        try backend.write(
            RandomData.indices(count: batchSize, below: classes),
            to: executable.buffer(named: Name.targets))
    }

    /// Queues one step.
    public func run() throws {
        step += 1
        try backend.write(
            optimizer.scalars(step: step, learningRate: name.defaultLearningRate), to: scalars)
        try executable.run()
    }

    /// Throws unless some steps on the one batch make its loss smaller.
    public func check() throws {
        let first = try meanLoss()
        for _ in 0..<8 { try run() }
        let last = try meanLoss()
        guard last < first else {
            throw BenchmarkError.lossDoesNotFall(
                what: "a step of network \(model.rawValue) with \(name.rawValue)", first: first,
                last: last)
        }
    }

    /// The loss before a step, which is taken.
    private func meanLoss() throws -> Double {
        let metrics = try executable.buffer(named: TrainingGraphs.Name.metrics)
        try backend.write([0, 0] as [Double], to: metrics)
        try run()
        return try backend.read(metrics)[0] / Double(batchSize)
    }
}
