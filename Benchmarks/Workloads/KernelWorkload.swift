import NNGPU

/// A computation other than a matrix product, ready to repeat.
public final class KernelWorkload: Workload {
    /// What is computed.
    public let kernel: KernelCase

    private let backend: any Backend
    private let executable: any Executable

    /// Compiles the computation and gives it random data.
    public init(_ kernel: KernelCase, on backend: any Backend) throws {
        self.kernel = kernel
        self.backend = backend
        let builder = KernelGraph(kernel, backend)
        let graph =
            switch kernel.name {
            case .softmaxCrossEntropy: try builder.softmaxCrossEntropy()
            case .biasReLU: try builder.biasReLU()
            case .columnSum: try builder.sum(axis: 0)
            case .rowSum: try builder.sum(axis: 1)
            case .gather: try builder.gather()
            case .momentum: try builder.update(.momentum)
            case .adam: try builder.update(.adam)
            }
        executable = try backend.compile(graph, binding: builder.buffers)
    }

    /// Queues the computation once.
    public func run() throws { try executable.run() }

    /// Throws unless the softmax cross-entropy, the only one with a result known beforehand, has a
    /// gradient whose rows sum to 0; the conformance tests cover the others.
    public func check() throws {
        try run()
        guard kernel.name == .softmaxCrossEntropy else { return }
        let gradient = try backend.readFloats(executable.buffer(named: KernelGraph.gradient))
        let row = gradient.prefix(kernel.columns).map { Double($0) }
        let magnitude = row.reduce(0) { $0 + Swift.abs($1) }
        let sum = row.reduce(0, +)
        // Each exponential and their sum are off by a few roundings for each term.
        guard Swift.abs(sum) <= 0x1p-20 * Double(kernel.columns) * magnitude, magnitude > 0 else {
            throw BenchmarkError.wrong(
                what: "the gradient of \(kernel.label)", found: sum, expected: 0)
        }
    }
}

/// The graphs of the computations, and the data that their leaves are bound to.
private final class KernelGraph {
    static let gradient = "gradient"

    private(set) var buffers: [String: any TensorBuffer] = [:]
    private let kernel: KernelCase
    private let backend: any Backend

    init(_ kernel: KernelCase, _ backend: any Backend) {
        self.kernel = kernel
        self.backend = backend
    }

    func softmaxCrossEntropy() throws -> Graph {
        let logits = try matrix("logits", in: -4..<4)
        let labels = try indices("labels", below: kernel.columns)
        let loss = try NNGPU.softmaxCrossEntropy(logits, labels).mean()
        let gradient = try gradients(of: loss, withRespectTo: [logits])[0]
        return try Graph(outputs: ["loss": loss, Self.gradient: gradient])
    }

    func biasReLU() throws -> Graph {
        let x = try matrix("x", in: -1..<1)
        let bias = try leaf("bias", [kernel.columns], in: -1..<1)
        return try Graph(outputs: ["y": maximum(x + bias, .constant(0))])
    }

    func sum(axis: Int) throws -> Graph {
        try Graph(outputs: ["sums": matrix("x", in: -1..<1).sum([axis])])
    }

    func gather() throws -> Graph {
        let table = try leaf("table", [KernelCase.tableRows, kernel.columns], in: 0..<1)
        let indices = try indices("indices", below: KernelCase.tableRows)
        return try Graph(outputs: ["rows": table.gather(indices)])
    }

    func update(_ name: OptimizerName) throws -> Graph {
        let optimizer = name.optimizer()
        let shape: Shape = [kernel.rows * kernel.columns]
        let parameters = try parameter("parameters", shape, in: -1..<1)
        let state = try optimizer.stateNames.map { try parameter($0, shape, in: 0..<1) }
        let gradient = try leaf(Self.gradient, shape, in: -1..<1)
        // The numbers of a step are the same in all of them: what they are costs nothing.
        let values = optimizer.scalars(step: 100, learningRate: name.defaultLearningRate)
        let scalars = try Tensor.input("scalars", [values.count])
        let buffer = try backend.makeBuffer(scalars.type)
        try backend.write(values, to: buffer)
        buffers["scalars"] = buffer
        let updated = try optimizer.update(
            parameters, gradient: gradient, state: state,
            scalars: values.indices.map { try scalars.slice($0..<$0 + 1).reshape(.scalar) })
        return try Graph(
            updates: [(parameters, updated.parameters)]
                + zip(state, updated.state).map { ($0, $1) })
    }

    // MARK: - Leaves

    private func matrix(_ name: String, in range: Range<Double>) throws -> Tensor {
        try leaf(name, [kernel.rows, kernel.columns], in: range)
    }

    private func leaf(_ name: String, _ shape: Shape, in range: Range<Double>) throws -> Tensor {
        try fill(name, shape, range)
        return try .input(name, shape)
    }

    private func parameter(
        _ name: String, _ shape: Shape, in range: Range<Double>
    ) throws -> Tensor {
        try fill(name, shape, range)
        return try .parameter(name, shape)
    }

    private func fill(_ name: String, _ shape: Shape, _ range: Range<Double>) throws {
        buffers[name] = try RandomData.uniform(
            shape, in: range, stream: UInt32(buffers.count), on: backend)
    }

    private func indices(_ name: String, below limit: Int) throws -> Tensor {
        let leaf = try Tensor.input(name, [kernel.rows], .int32)
        let buffer = try backend.makeBuffer(leaf.type)
        try backend.write(RandomData.indices(count: kernel.rows, below: limit), to: buffer)
        buffers[name] = buffer
        return leaf
    }
}
