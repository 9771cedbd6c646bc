import NNGPU

/// A whole training step of 784-512-512-10 with ReLU and softmax cross-entropy, ready to repeat.
public final class TrainingStep {
    /// The samples of one step.
    public let batchSize: Int
    /// Floating-point operations of the matrix products of one step.
    public let flops: Double

    /// The compiled step.
    public let executable: any Executable

    private let backend: any Backend
    private let scalars: any TensorBuffer
    private let optimizer: any Optimizer
    private let learningRate: Double
    private var step = 0

    private static let sizes = [784, 512, 512, 10]

    /// Compiles the step and gives it random data, resident on the device.
    public init(batchSize: Int, optimizer name: OptimizerName, on backend: any Backend) throws {
        let sizes = Self.sizes
        let sampleCount = max(2048, batchSize)
        let model = Sequential.multilayerPerceptron(
            inputs: sizes[0], hidden: Array(sizes[1...2]), outputs: sizes[3])
        optimizer = name.optimizer()
        learningRate = name.defaultLearningRate
        let graphs = try TrainingGraphs(
            model: model, inputShape: [sizes[0]], loss: .softmaxCrossEntropy, optimizer: optimizer)
        executable = try backend.compile(
            graphs.step(sampleCount: sampleCount, batchSize: batchSize))
        scalars = try executable.buffer(named: TrainingGraphs.Name.scalars)
        self.batchSize = batchSize
        self.backend = backend
        // Forward, weight gradient and, but for the first layer, input gradient: 2·m·n·k each.
        let products = zip(sizes, sizes.dropFirst()).map { Double($0 * $1) }
        flops = 2 * Double(batchSize) * (3 * products.reduce(0, +) - products[0])

        let philox = Philox(seed: 1)
        let features = (0..<sampleCount * sizes[0]).map {
            philox.uniform(index: UInt64($0), step: 0, stream: 0)
        }
        typealias Name = TrainingGraphs.Name
        try backend.write(features, to: executable.buffer(named: Name.features))
        try backend.write(
            graphs.layout.initialValues(seed: 1), to: executable.buffer(named: Name.parameters))
        try backend.write(
            Array(philox.permutation(count: sampleCount, step: 0, stream: 1).prefix(batchSize)),
            to: executable.buffer(named: Name.indices))
        try backend.write(
            (0..<batchSize).map { Int32($0 % sizes[3]) },
            to: executable.buffer(named: Name.targets))
    }

    /// Queues one step.
    public func run() throws {
        step += 1
        try backend.write(
            optimizer.scalars(step: step, learningRate: learningRate), to: scalars)
        try executable.run()
    }
}
