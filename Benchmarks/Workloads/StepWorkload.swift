import NNGPU

/// A whole training step with softmax cross-entropy, ready to repeat.
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
        _ model: StepModel, batchSize: Int, optimizer name: OptimizerName, on backend: any Backend
    ) throws {
        let sampleCount = max(2048, batchSize)
        self.model = model
        self.name = name
        optimizer = name.optimizer()
        let graphs = try TrainingGraphs(
            model.network, task: TrainingTask([Objective(loss: .crossEntropy)]),
            optimizer: optimizer)
        let input = model.network.inputs[0]
        let features = try RandomData.uniform(
            Shape([sampleCount] + input.sampleShape.dimensions), in: 0..<1, stream: 0, on: backend)
        let graph = try graphs.step(sampleCount: sampleCount, batchSize: batchSize)
        executable = try backend.compile(graph, binding: [input.name: features])
        scalars = try executable.buffer(named: TrainingGraphs.Name.scalars)
        self.batchSize = batchSize
        self.backend = backend
        flops = 2 * Double(graph.productTerms)

        typealias Name = TrainingGraphs.Name
        let values = graphs.layout.initialValues(seed: 1)
        try backend.write(values.trained, to: executable.buffer(named: Name.parameters))
        if !values.fixed.isEmpty {
            try backend.write(values.fixed, to: executable.buffer(named: Name.fixed))
        }
        try backend.write(
            Array(
                Philox(seed: 1).permutation(count: sampleCount, step: 0, stream: 1)
                    .prefix(batchSize)),
            to: executable.buffer(named: Name.indices))
        let classes = graphs.layout.outputShape[1]
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
                what: "a step of network \(model.name) with \(name.rawValue)", first: first,
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
