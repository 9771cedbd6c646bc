import NNFiles
import NNGraph
import NNModel

/// The graphs that training consists of: a step, whole or in its parts, an evaluation and a prediction.
///
/// All of them read the same vectors of parameters, so a backend that binds one buffer to them all needs no copies
/// in between.
public struct TrainingGraphs: Sendable {
    /// The names of leaves and outputs besides those of the model and its targets.
    public enum Name {
        /// All trained parameters, float [count].
        public static let parameters = "parameters"
        /// All frozen and running parameters, float [fixed count]; only where there are some.
        public static let fixed = "parameters.fixed"
        /// What is reported, summed since it was last zeroed, float [sums of the task].
        public static let metrics = "metrics"
        /// The only input of a layer: samples of a batch in a prediction's graph, else all of them.
        public static let features = Network.inputName
        /// The targets of a batch where there is one kind of them.
        public static let targets = Objective.targetName
        /// The only output of a layer.
        public static let outputs = Network.outputName
        /// The samples of a batch, int32 [batch].
        public static let indices = "indices"
        /// The numbers that the optimizer needs in a step.
        public static let scalars = "scalars"
        /// The number of the step, int32 scalar; only where layers draw random numbers.
        public static let step = ForwardPass.stepName
        /// The gradient with respect to all trained parameters, float [count].
        public static let gradient = "gradient"
        /// What a loss of the whole step is divided by, float [objectives]; only where a step has several parts.
        public static let shares = "shares"
        /// The places of a part's samples in the batch of the step, int32 [batch]; only where a step has several
        /// parts and layers draw random numbers.
        public static let places = "places"
        /// What chance decides about each picture of a batch, float [batch, draws]; only where they are augmented.
        public static let augmentation = "augmentation"
        /// The result of a graph with one.
        public static let result = "result"
        /// A state of the optimizer, float [count].
        public static func state(_ name: String) -> String { "optimizer.\(name)" }

        /// What neither an input of a model nor a target can be called.
        static let reserved = [
            parameters, fixed, metrics, indices, scalars, step, gradient, shares, places,
            augmentation,
        ]

        /// Throws ``ModelError/reservedName(_:all:)`` for a name of the training itself.
        static func check(_ names: [String]) throws {
            if let name = names.first(where: { reserved.contains($0) || $0.hasPrefix(state("")) }) {
                throw ModelError.reservedName(name, all: reserved)
            }
        }
    }

    /// The model.
    public let network: Network
    /// Where the parameters lie.
    public let layout: ParameterLayout
    /// What the model is trained for.
    public let task: TrainingTask
    /// How a step uses the gradient.
    public let optimizer: any Optimizer
    /// Which parameters are treated otherwise.
    public let groups: [ParameterGroup]
    /// The largest norm of the gradient that is not scaled down; nil for any.
    public let clipNorm: Double?
    /// What the random numbers of layers depend on.
    public let seed: UInt64
    /// How the pictures of the first input are changed in a step; nil for not at all.
    public let augmentation: Augmentation?
    /// Which axes of the first input are what, where it is augmented.
    let imageAxes: ImageAxes?
    /// What is added up over the samples.
    let sums: TaskLayout

    /// Describes a training.
    ///
    /// - Throws: ``ModelError``, ``LossError``, ``AugmentationError`` or ``TrainingError`` for one that cannot be.
    public init(
        _ network: Network, task: TrainingTask, optimizer: any Optimizer,
        groups: [ParameterGroup] = [], frozen: [String] = [], clipNorm: Double? = nil,
        seed: UInt64 = 0, augmentation: Augmentation? = nil
    ) throws {
        self.network = network
        self.task = task
        layout = try ParameterLayout(
            of: network, frozen: frozen, groups: groups.map(\.pattern))
        for group in groups {
            guard group.optimizer?.stateNames ?? optimizer.stateNames == optimizer.stateNames
            else { throw TrainingError.groupState(group.pattern) }
        }
        self.optimizer = optimizer
        self.groups = groups
        self.clipNorm = clipNorm
        self.seed = seed
        self.augmentation = augmentation == Augmentation() ? nil : augmentation
        imageAxes = try self.augmentation.flatMap { augmentation in
            try network.inputs.first.map {
                try augmentation.check($0.name, $0.sampleShape.dimensions)
            }
        }
        try Name.check(network.inputs.map(\.name) + task.objectives.map(\.target))
        let pass = try ForwardPass()
        let outputs = try network(network.leaves(batchSize: 1), in: pass)
        let terms = try TaskTerms(task, outputs: outputs)
        try network.inputs.check(
            reach: terms.losses.map(\.values), in: pass, others: task.objectives.map(\.target))
        sums = terms.layout(of: task)
    }

    /// Describes the training of a layer that takes samples of the given shape.
    public init(
        model: some Layer, inputShape: Shape, loss: some Loss, optimizer: any Optimizer,
        clipNorm: Double? = nil, seed: UInt64 = 0
    ) throws {
        try self.init(
            Network(model, inputShape: inputShape), task: TrainingTask(loss),
            optimizer: optimizer, clipNorm: clipNorm, seed: seed)
    }

    /// The loss of the first objective: of a model with one output, the loss.
    public var loss: any Loss { task.loss }

    /// Throws ``LossError`` or ``DataError`` unless the model can be trained or judged on a data set.
    public func check(_ dataset: Dataset) throws {
        _ = try columns(of: dataset)
    }

    /// Throws ``LossError`` for a model that can be applied and should not be trained further so.
    public func checkTraining() throws {
        try task.check(endOf: network)
    }

    /// What a step brings into the order of an epoch: the targets of a data set that the model fits, and inputs that
    /// are looked up, by name.
    func columns(of dataset: Dataset) throws -> [String: Column] {
        var columns: [String: Column] = [:]
        for input in network.inputs {
            let found = try dataset.input(input.name)
            guard found.width == input.shape.count else {
                throw DataError.featureCount(
                    dataset: dataset.name, found: found.width, expected: input.shape.count)
            }
            guard input.accepts(found.sampleShape) else {
                throw DataError.sampleShape(
                    dataset: dataset.name, found: found.sampleShape,
                    expected: input.sampleShape.dimensions)
            }
            guard input.elementType == .int32 else { continue }
            guard found.values.elementType == .int32 else {
                throw DataError.notWholeNumbers(dataset: dataset.name, input: input.name)
            }
            columns[input.name] = Column(width: found.width, values: found.values)
        }
        for objective in task.objectives where columns[objective.target] == nil {
            guard let shape = layout.outputShapes[objective.output] else {
                throw ModelError.unknownTensor(
                    objective.output, known: layout.outputShapes.keys.sorted())
            }
            columns[objective.target] = try objective.column(
                of: dataset.target(objective.target), in: dataset, outputShape: shape)
        }
        return columns
    }

    // MARK: - Graphs

    /// One step on a batch that is picked by index from all samples, whose features are kept as
    /// numbers or as bytes.
    public func step(
        sampleCount: Int, batchSize: Int, features: ElementType = .float
    ) throws -> Graph {
        try step(Picking(self, batchSize: batchSize, of: sampleCount, features))
    }

    func step(_ samples: Picking) throws -> Graph {
        try checkTraining()
        let batch = try Batch(of: self, inputs: augmented(samples), isTraining: true)
        let gradient = try batch.gradient(of: batch.terms.mean())
        let updates = try rule.update(batch.parameters, by: gradient)
        return try Graph(
            updates: [updates[0], batch.metricsUpdate()] + updates.dropFirst()
                + batch.runningUpdates())
    }

    /// A part of a step: adds the gradient of some of its samples to the gradient.
    ///
    /// - Parameters:
    ///   - samples: The samples of the part.
    ///   - batchSize: The most samples that a step has.
    /// - Returns: A graph that updates the gradient and the sums.
    /// - Throws: What layers and losses throw.
    func part(_ samples: Picking, ofBatch batchSize: Int) throws -> Graph {
        try checkTraining()
        let places = try Tensor.input(Name.places, [samples.batchSize], .int32)
        let batch = try Batch(
            of: self, inputs: augmented(samples), isTraining: true,
            rows: ForwardPass.Rows(count: batchSize, places: places))
        let shares = try Tensor.input(Name.shares, [task.objectives.count])
        let losses = try batch.terms.losses.enumerated().map { index, terms in
            try terms.values.sum() * shares.slice(index..<index + 1).reshape(.scalar)
        }
        let gradient = try Tensor.parameter(Name.gradient, [layout.count])
        return try Graph(
            updates: [
                (gradient, gradient + batch.gradient(of: batch.terms.total(losses))),
                batch.metricsUpdate(),
            ] + batch.runningUpdates())
    }

    /// The end of a step in parts: the optimizer takes the gradient, which becomes zero.
    func updateStep() throws -> Graph {
        let parameters = try Tensor.parameter(Name.parameters, [layout.count])
        let gradient = try Tensor.parameter(Name.gradient, [layout.count])
        return try Graph(
            updates: rule.update(parameters, by: gradient)
                + [(gradient, Tensor.constant(0).broadcast(to: gradient.shape))])
    }

    /// What the losses of a batch count, for each objective, [objectives].
    func lossWeights(_ samples: Picking) throws -> Graph {
        let batch = try Batch(of: self, inputs: samples.inputs, isTraining: true)
        let weights = try batch.terms.losses.map { terms in
            try (terms.weights?.sum() ?? .constant(Double(terms.values.shape.count))).reshape([1])
        }
        return try Graph(outputs: [Name.result: concatenate(weights)])
    }

    /// The numbers that a step needs besides the gradient.
    package func scalars(step: Int, learningRate: Double) -> [Double] {
        rule.scalars(step: step, learningRate: learningRate)
    }

    /// What each of the sums is that a step adds up: ``TrainingStep/lossName``, or the name of a metric.
    package var sumNames: [String] {
        sums.parts.flatMap { part in
            [TrainingStep.lossName] + (part.weights == nil ? [] : ["weight of the losses"])
                + part.metrics.flatMap { metric in metric.range.map { _ in metric.metric.name } }
        }
    }

    private var rule: UpdateRule {
        UpdateRule(layout: layout, optimizer: optimizer, groups: groups, clipNorm: clipNorm)
    }

    /// Adds what is reported of a batch that is picked as for a step to the metrics.
    public func evaluation(
        sampleCount: Int, batchSize: Int, features: ElementType = .float
    ) throws -> Graph {
        try evaluation(Picking(self, batchSize: batchSize, of: sampleCount, features))
    }

    func evaluation(_ samples: Picking) throws -> Graph {
        let batch = try Batch(of: self, inputs: samples.inputs, isTraining: false)
        return try Graph(updates: [batch.metricsUpdate()])
    }

    /// How many samples of a batch, picked as for a step, have a loss that is NaN or beyond ±`largest`.
    func nonFiniteCount(_ samples: Picking, largest: Double) throws -> Graph {
        let batch = try Batch(of: self, inputs: samples.inputs, isTraining: false)
        let isNonFinite = try batch.terms.losses.map { terms in
            let each = try 1 - compare(abs(terms.values), .lessEqual, .constant(largest))
            return try each.reshape([samples.batchSize, each.shape.count / samples.batchSize])
                .max([1])
        }
        let any = try isNonFinite.dropFirst().reduce(isNonFinite[0]) { try maximum($0, $1) }
        return try Graph(outputs: [Name.result: any.sum().reshape([1])])
    }

    /// The model's outputs for a batch, by their names.
    public func prediction(batchSize: Int) throws -> Graph {
        try network.prediction(batchSize: batchSize, layout)
    }

    /// The gradient of the mean loss of a batch, all parameters in one vector, without dropout.
    public func gradient(batchSize: Int) throws -> Graph {
        let batch = try batch(batchSize, isTraining: false)
        return try Graph(outputs: [Name.gradient: batch.gradient(of: batch.terms.mean())])
    }

    /// A batch whose inputs are leaves.
    package func batch(_ size: Int, isTraining: Bool) throws -> Batch {
        try Batch(of: self, inputs: network.leaves(batchSize: size), isTraining: isTraining)
    }
}
