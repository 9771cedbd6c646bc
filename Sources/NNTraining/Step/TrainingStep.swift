import NNGraph
import NNModel

/// A training step of one's own: a loss that is written down as a graph, and an optimizer that makes it small.
///
///     let step = try TrainingStep(
///         inputs: [ModelInput("features", [784]), ModelInput("targets", .scalar, .int32)],
///         optimizer: Adam(), on: backend
///     ) { inputs, pass in
///         let logits = try model(inputs["features"], in: pass)
///         return ["loss": try softmaxCrossEntropy(logits, inputs["targets"]).mean()]
///     }
///     for batch in data.batches(of: 128, epoch: 0) {
///         try step.take(batch, learningRate: 1e-3)
///     }
///     print(try step.loss())
///
/// Whatever layers ask the pass for becomes a parameter. Each batch size is compiled once. A step belongs to one thread at
/// a time.
public final class TrainingStep {
    /// What makes the outputs of the inputs: `loss`, a scalar, and whatever else is to be read.
    public typealias Body = (NamedTensors, ForwardPass) throws -> NamedTensors

    /// The name of the output that is made small.
    public static let lossName = "loss"

    /// The parameters that the layers asked for.
    public let parameters: ParameterStore
    /// The number of steps taken; random numbers of layers depend on it.
    public private(set) var count = 0

    private let inputs: [ModelInput]
    private let optimizer: any Optimizer
    private let clipNorm: Double?
    private let seed: UInt64
    private let body: Body
    private let states: [(name: String, buffer: any TensorBuffer)]
    private let scalars: any TensorBuffer
    private let stepNumber: any TensorBuffer
    private var executables: [Int: any Executable] = [:]
    private var latest: (any Executable)?

    /// Prepares a step.
    ///
    /// - Parameters:
    ///   - inputs: What the step is given for each sample.
    ///   - optimizer: How it uses the gradient.
    ///   - frozen: Patterns of the names of parameters that are not trained, as in a shell: `trunk.*`.
    ///   - clipNorm: The largest norm of the gradient that is not scaled down; nil for any.
    ///   - seed: What the initial values and the layers' random numbers depend on.
    ///   - backend: What computes.
    ///   - body: The loss and other outputs for a batch.
    /// - Throws: ``ModelError``, ``GraphError``, or what the backend throws.
    public init(
        inputs: [ModelInput], optimizer: any Optimizer, frozen: [String] = [],
        clipNorm: Double? = nil, seed: UInt64 = 0, on backend: any Backend, body: @escaping Body
    ) throws {
        self.inputs = inputs
        self.optimizer = optimizer
        self.clipNorm = clipNorm
        self.seed = seed
        self.body = body
        let pass = try ForwardPass(isTraining: true)
        let outputs = try body(inputs.leaves(batchSize: 1), pass)
        try Self.check(outputs)
        try TrainingGraphs.Name.check(inputs.map(\.name))
        try inputs.check(reach: outputs.names.map { try outputs[$0] }, in: pass)
        parameters = try ParameterStore(
            ParameterLayout(of: pass, frozen: frozen, groups: []), seed: seed, on: backend)
        let vector = TensorType([parameters.layout.count])
        states = try optimizer.stateNames.map {
            (TrainingGraphs.Name.state($0), try backend.makeBuffer(vector))
        }
        scalars = try backend.makeBuffer(
            TensorType([optimizer.scalars(step: 1, learningRate: 0).count]))
        stepNumber = try backend.makeBuffer(TensorType(.scalar, .int32))
    }

    private static func check(_ outputs: NamedTensors) throws {
        let loss = try outputs[lossName]
        guard loss.shape.count == 1 else {
            throw GraphError.mismatch(
                name: lossName, expected: TensorType(.scalar), found: loss.type.description)
        }
    }

    /// Takes a step with a batch, without waiting for it.
    ///
    /// - Parameters:
    ///   - batch: The inputs by their names, all of as many samples; names that the step does not have are left out.
    ///   - learningRate: How far to go.
    /// - Throws: ``ModelError`` or ``TrainingError`` for inputs that do not fit, or what the backend throws.
    public func take(_ batch: [String: Features], learningRate: Double) throws {
        let columns = try inputs.columns(of: batch)
        let executable = try executable(batchSize: columns.count)
        let backend = parameters.backend
        for (name, values) in columns.values {
            try values.unpacked().write(to: executable.buffer(named: name), on: backend)
        }
        count += 1
        try backend.write(
            optimizer.scalars(step: count, learningRate: learningRate), to: scalars)
        try backend.write([Int32(truncatingIfNeeded: count)], to: stepNumber)
        try executable.run()
        latest = executable
    }

    /// The loss of the last step, before it was taken.
    ///
    /// - Throws: ``TrainingError/notFinite(epoch:step:)`` if it is NaN or infinite.
    public func loss() throws -> Double {
        let loss = try Double(value(of: Self.lossName)[0])
        guard loss.isFinite else { throw TrainingError.stepNotFinite(step: count) }
        return loss
    }

    /// An output of the last step, before it was taken.
    ///
    /// - Throws: ``TrainingError/noStep``, or ``GraphError/unknownName(_:known:)``.
    public func value(of name: String) throws -> [Float] {
        guard let latest else { throw TrainingError.noStep }
        return try parameters.backend.readFloats(latest.buffer(named: name))
    }

    private func executable(batchSize: Int) throws -> any Executable {
        if let known = executables[batchSize] { return known }
        typealias Name = TrainingGraphs.Name
        let compiled = try parameters.compile(
            graph(batchSize: batchSize),
            Dictionary(uniqueKeysWithValues: states.map { ($0.name, $0.buffer) })
                .merging([Name.scalars: scalars, Name.step: stepNumber]) { $1 })
        executables[batchSize] = compiled
        return compiled
    }

    private func graph(batchSize: Int) throws -> Graph {
        let layout = parameters.layout
        let vectors = try ParameterTensors(layout)
        let pass = try ForwardPass(isTraining: true, seed: seed, parameters: vectors.views)
        let outputs = try body(inputs.leaves(batchSize: batchSize), pass)
        try Self.check(outputs)
        let gradient = try vectors.gradient(of: outputs[Self.lossName])
        let rule = UpdateRule(
            layout: layout, optimizer: optimizer, groups: [], clipNorm: clipNorm)
        return try Graph(
            outputs: Dictionary(
                uniqueKeysWithValues: outputs.names.map { ($0, try outputs[$0]) }),
            updates: rule.update(vectors.trained, by: gradient)
                + vectors.runningUpdates(pass.updates))
    }
}

extension [ModelInput] {
    /// The inputs of a batch in the form that the leaves take, and the number of samples.
    func columns(
        of batch: [String: Features]
    ) throws -> (count: Int, values: [(name: String, values: Features)]) {
        var counts: [String: Int] = [:]
        let columns = try map { input in
            guard let given = batch[input.name] else {
                throw ModelError.missingInput(input.name, given: batch.keys.sorted())
            }
            let width = input.shape.count
            guard given.count % width == 0, !given.isEmpty else {
                throw TrainingError.partialSample(
                    input: input.name, count: given.count, sampleSize: width)
            }
            counts[input.name] = given.count / width
            return (
                name: input.name, values: try given.converted(to: input.elementType, input.name)
            )
        }
        guard Set(counts.values).count <= 1 else { throw TrainingError.inputCounts(counts) }
        return (counts.values.first ?? 0, columns)
    }
}
