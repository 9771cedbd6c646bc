import NNFiles
import NNGraph

/// The graphs that training consists of: a step, an evaluation and a prediction.
///
/// All of them read the same vector of parameters, so a backend that binds one buffer to them all
/// needs no copies in between.
public struct TrainingGraphs: Sendable {
    /// The names of the leaves and outputs.
    public enum Name {
        /// All parameters, float [count].
        public static let parameters = "parameters"
        /// The losses and the right predictions since it was last zeroed, summed, float [2].
        public static let metrics = "metrics"
        /// Samples: those of a batch in a prediction's graph, else all of them.
        public static let features = "features"
        /// The targets of a batch.
        public static let targets = "targets"
        /// The samples of a batch, int32 [batch].
        public static let indices = "indices"
        /// The numbers that the optimizer needs in a step.
        public static let scalars = "scalars"
        /// The number of the step, int32 scalar; only where layers draw random numbers.
        public static let step = "step"
        /// The result of a prediction.
        public static let outputs = "outputs"
        /// The gradient with respect to all parameters, float [count].
        public static let gradient = "gradient"
        /// A state of the optimizer, float [count].
        public static func state(_ name: String) -> String { "optimizer.\(name)" }
    }

    /// The layers.
    public let model: Sequential
    /// The shape of one sample.
    public let inputShape: Shape
    /// Where the parameters lie.
    public let layout: ParameterLayout
    /// What a step makes smaller.
    public let loss: Loss
    /// How a step uses the gradient.
    public let optimizer: any Optimizer
    /// The largest norm of the gradient that is not scaled down; nil for any.
    public let clipNorm: Double?
    /// What the random numbers of layers depend on.
    public let seed: UInt64

    /// Describes a training.
    public init(
        model: Sequential, inputShape: Shape, loss: Loss, optimizer: any Optimizer,
        clipNorm: Double? = nil, seed: UInt64 = 0
    ) throws {
        self.model = model
        self.inputShape = inputShape
        self.layout = try ParameterLayout(of: model, inputShape: inputShape)
        try loss.check(outputShape: layout.outputShape)
        self.loss = loss
        self.optimizer = optimizer
        self.clipNorm = clipNorm
        self.seed = seed
    }

    /// Throws ``LossError`` or ``DataError`` unless the model can be trained or judged on a data set.
    public func check(_ dataset: Dataset) throws {
        _ = try targets(of: dataset)
    }

    /// The targets of a data set that the model fits.
    func targets(of dataset: Dataset) throws -> Targets {
        guard dataset.featureCount == inputShape.count else {
            throw DataError.featureCount(
                dataset: dataset.name, found: dataset.featureCount, expected: inputShape.count)
        }
        return try loss.targets(of: dataset, outputShape: layout.outputShape)
    }

    /// One step on a batch that is picked by index from all samples, whose features are kept as
    /// numbers or as bytes.
    public func step(
        sampleCount: Int, batchSize: Int, features: ElementType = .float
    ) throws -> Graph {
        let samples = try picked(batchSize, of: sampleCount, features)
        let batch = try Batch(of: self, features: samples, isTraining: true)
        var gradient = try batch.gradient()
        if let clipNorm {
            gradient = try Origin.within(Origin("the clipping of the gradient")) {
                try clipped(gradient, toNorm: clipNorm)
            }
        }

        let scalarCount = optimizer.scalars(step: 1, learningRate: 0).count
        let scalars = try Tensor.input(Name.scalars, [scalarCount])
        let state = try optimizer.stateNames.map {
            try Tensor.parameter(Name.state($0), [layout.count])
        }
        let updated = try Origin.within(Origin("the optimizer")) { [gradient] in
            try optimizer.update(
                batch.parameters, gradient: gradient, state: state,
                scalars: (0..<scalarCount).map { try scalars.slice($0..<$0 + 1).reshape(.scalar) })
        }
        return try Graph(
            updates: [(batch.parameters, updated.parameters), batch.metricsUpdate()]
                + zip(state, updated.state).map { ($0, $1) })
    }

    /// Adds the losses of a batch that is picked as for a step, and how many predictions are right,
    /// to the metrics.
    public func evaluation(
        sampleCount: Int, batchSize: Int, features: ElementType = .float
    ) throws -> Graph {
        let samples = try picked(batchSize, of: sampleCount, features)
        let batch = try Batch(of: self, features: samples, isTraining: false)
        return try Graph(updates: [batch.metricsUpdate()])
    }

    /// How many samples of a batch, picked as for a step, have a loss that is NaN or beyond ±`largest`.
    func nonFiniteCount(
        sampleCount: Int, batchSize: Int, features: ElementType, largest: Double
    ) throws -> Graph {
        let samples = try picked(batchSize, of: sampleCount, features)
        let losses = try Batch(of: self, features: samples, isTraining: false).losses
        let isNonFinite = try 1 - compare(abs(losses), .lessEqual, .constant(largest))
        return try Graph(outputs: [Name.outputs: isNonFinite.sum().reshape([1])])
    }

    /// The model's outputs for a batch.
    public func prediction(batchSize: Int) throws -> Graph {
        try Graph(outputs: [Name.outputs: batch(batchSize, isTraining: false).outputs])
    }

    private func picked(
        _ batchSize: Int, of sampleCount: Int, _ features: ElementType
    ) throws -> Tensor {
        let samples = try Tensor.input(
            Name.features, Shape([sampleCount] + inputShape.dimensions), features)
        return try samples.gather(.input(Name.indices, [batchSize], .int32))
    }

    /// The gradient of the mean loss of a batch, all parameters in one vector, without dropout.
    public func gradient(batchSize: Int) throws -> Graph {
        try Graph(outputs: [Name.gradient: batch(batchSize, isTraining: false).gradient()])
    }

    /// A batch whose features are a leaf.
    package func batch(_ size: Int, isTraining: Bool) throws -> Batch {
        let features = try Tensor.input(Name.features, Shape([size] + inputShape.dimensions))
        return try Batch(of: self, features: features, isTraining: isTraining)
    }
}

extension TrainingGraphs {
    /// A model applied to a batch, and what follows from its outputs.
    package struct Batch {
        package let parameters: Tensor
        package let outputs: Tensor
        private let targets: Tensor
        private let views: [Tensor]
        private let loss: Loss
        /// The loss of each sample.
        let losses: Tensor

        init(of graphs: TrainingGraphs, features: Tensor, isTraining: Bool) throws {
            parameters = try .parameter(Name.parameters, [graphs.layout.count])
            let pass = try ForwardPass(
                isTraining: isTraining, seed: graphs.seed,
                parameters: graphs.layout.views(of: parameters))
            outputs = try graphs.model(features, in: pass)
            views = pass.parameters.map(\.tensor)
            loss = graphs.loss
            let targetType = loss.targetType(for: outputs.shape)
            targets = try .input(Name.targets, targetType.shape, targetType.elementType)
            losses = try Origin.within(Self.origin) { [outputs, targets] in
                try graphs.loss.ofEachSample(outputs, targets)
            }
        }

        private static let origin = Origin("the loss")

        /// The gradient of the mean loss [parameter count].
        ///
        /// It is taken with respect to each parameter and then put together: with respect to the
        /// vector it would be a sum of as many padded vectors as there are parameters.
        package func gradient() throws -> Tensor {
            let mean = try Origin.within(Self.origin) { try losses.mean() }
            let parts = try gradients(of: mean, withRespectTo: views)
            return try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
        }

        /// The sums that a training reports, added up on the device so that no step waits.
        func metricsUpdate() throws -> (parameter: Tensor, value: Tensor) {
            let metrics = try Tensor.parameter(Name.metrics, [2])
            let correct =
                try loss.isCorrect(outputs, targets)
                ?? Tensor.constant(0).broadcast(to: losses.shape)
            let ofSamples = try concatenate(
                [losses, correct].map { try $0.reshape([1, losses.shape.count]) })
            return (metrics, try metrics + ofSamples.sum([1]))
        }
    }
}
