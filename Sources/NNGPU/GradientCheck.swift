import NNGraph
import NNReference
import NNTraining

/// Two independent checks of a model's gradients, parameter by parameter.
///
/// The reference's gradients, in double precision, are compared with central differences of the
/// loss; the device's gradients are compared with the reference's, within a bound that running
/// error analysis derives for single precision (see `Independent`). On the way both ways of getting a gradient are
/// timed: backpropagation costs a small multiple of one evaluation of the loss, O(|W|), numerical
/// differentiation two evaluations for every weight, O(|W|²).
public struct GradientCheck: Codable, Sendable {
    /// The largest relative difference between the reference and finite differences that passes.
    public static let differenceLimit = 1e-6

    /// What was found for one parameter.
    public struct Row: Codable, Sendable {
        /// The parameter's name, such as `0.weight`.
        public let parameter: String
        /// The number of its elements.
        public let count: Int
        /// How many of them were differentiated numerically.
        public let sampled: Int
        /// `‖differences − gradient‖ / ‖gradient‖` over the sampled elements.
        public let differenceError: Double
        /// `‖device − reference‖ / ‖reference‖` over all elements.
        public let deviceError: Double
        /// The same for the largest errors that single precision may make.
        public let deviceBound: Double
        /// Whether every element of the device's gradient is within its own bound.
        public let isDeviceWithinBound: Bool

        /// Whether both checks hold.
        public var passes: Bool {
            differenceError <= GradientCheck.differenceLimit && isDeviceWithinBound
        }
    }

    /// What one way of getting the whole gradient costs.
    public struct Cost: Codable, Sendable {
        /// How often the loss is evaluated, forward or backward.
        public let evaluations: Int
        /// The time of one of them, in seconds.
        public let secondsEach: Double
        /// The time for the whole gradient.
        public var seconds: Double { Double(evaluations) * secondsEach }
    }

    /// The parameters in the order of the layers.
    public let rows: [Row]
    /// The number of weights in the model.
    public let parameterCount: Int
    /// Backpropagation on the reference: one pass forward and back.
    public let backpropagation: Cost
    /// Numerical differentiation on the reference: two evaluations for each weight.
    ///
    /// The time of one is measured, over all the evaluations that the samples needed.
    public let numerical: Cost
    /// Backpropagation on the device.
    public let device: Cost

    /// Whether every parameter passes.
    public var passes: Bool { rows.allSatisfy(\.passes) }

    /// Checks the gradients of a model on random data.
    ///
    /// - Parameters:
    ///   - model: The layers; dropout draws the same units everywhere.
    ///   - inputShape: The shape of one sample.
    ///   - loss: What is differentiated.
    ///   - backend: What is compared with the reference.
    ///   - parameters: The weights to check at; by default a fresh initialization.
    ///   - batchSize: The number of random samples.
    ///   - samples: How many elements of each parameter are differentiated numerically at most.
    ///   - seed: What the data, the weights and the choice of elements depend on.
    /// - Throws: `ModelError`, `GraphError` or what the backend throws.
    public init(
        of model: Sequential, inputShape: Shape, loss: Loss, on backend: any Backend,
        parameters: [Float]? = nil, batchSize: Int, samples: Int, seed: UInt64
    ) throws {
        let subject = try Subject(
            model, inputShape: inputShape, loss: loss, parameters: parameters,
            batchSize: batchSize, seed: seed)
        let layout = subject.layout
        let reference = ReferenceBackend<Double>()
        let exact = try subject.gradient(on: reference) { try $0.read($1) }
        let bounded = try subject.gradient(on: ReferenceBackend<LikelyBounded>()) {
            try $0.readScalars($1)
        }
        let measured = try subject.gradient(on: backend) { try $0.readFloats($1) }
        let differences = try FiniteDifferences(subject, on: reference)

        parameterCount = layout.count
        backpropagation = Cost(evaluations: 1, secondsEach: exact.seconds)
        device = Cost(evaluations: 1, secondsEach: measured.seconds)
        rows = try layout.entries.enumerated().map { index, entry in
            let order = Philox(seed: seed).permutation(
                count: entry.range.count, step: 0, stream: Subject.Stream.samples + UInt32(index))
            let chosen = order.prefix(samples).map { entry.range.lowerBound + Int($0) }
            let analytic = chosen.map { exact.values[$0] }
            let truth = entry.range.map { exact.values[$0] }
            let scale = norm(truth) / Double(truth.count).squareRoot()
            let numeric = try zip(chosen, analytic).map {
                try differences.derivative(at: $0, near: $1, scale: scale)
            }
            let onDevice = entry.range.map { Double(measured.values[$0]) }
            return Row(
                parameter: entry.name, count: entry.range.count, sampled: chosen.count,
                differenceError: relativeDistance(numeric, from: analytic),
                deviceError: relativeDistance(onDevice, from: truth),
                deviceBound: relativeNorm(entry.range.map { bounded.values[$0].error }, of: truth),
                isDeviceWithinBound: entry.range.allSatisfy {
                    bounded.values[$0].admits(measured.values[$0])
                })
        }
        numerical = Cost(
            evaluations: 2 * layout.count, secondsEach: differences.secondsPerEvaluation)
    }
}

private func norm(_ values: [Double]) -> Double {
    values.map { $0 * $0 }.reduce(0, +).squareRoot()
}

/// `‖a‖ / ‖b‖`, or `‖a‖` itself where b vanishes.
private func relativeNorm(_ a: [Double], of b: [Double]) -> Double {
    let scale = norm(b)
    return norm(a) / (scale > 0 ? scale : 1)
}

private func relativeDistance(_ a: [Double], from b: [Double]) -> Double {
    relativeNorm(zip(a, b).map { $0 - $1 }, of: b)
}

/// A model with data and weights, whose loss is a function of the weights alone.
private struct Subject {
    /// Which of the generator's streams serves what.
    enum Stream {
        static let data: UInt32 = 0x3000_0000
        static let samples: UInt32 = 0x3000_0010
    }

    let layout: ParameterLayout
    let weights: [Double]
    private let losses: Tensor
    private let parameters: Tensor
    private let views: [Tensor]
    private let features: [Double]
    private let targets: [Double]
    private let targetType: TensorType

    init(
        _ model: Sequential, inputShape: Shape, loss: Loss, parameters given: [Float]?,
        batchSize: Int, seed: UInt64
    ) throws {
        let layout = try ParameterLayout(of: model, inputShape: inputShape)
        let parameters = try Tensor.parameter("parameters", [layout.count])
        let pass = try ForwardPass(
            isTraining: true, seed: seed, parameters: layout.views(of: parameters))
        let x = try Tensor.input("features", Shape([batchSize] + inputShape.dimensions))
        let outputs = try model(x, in: pass)
        let targetType = loss.targetType(for: outputs.shape)
        let y = try Tensor.input("targets", targetType.shape, targetType.elementType)
        let philox = Philox(seed: seed)
        func uniform(_ count: Int, _ stream: UInt32) -> [Double] {
            (0..<count).map {
                Double(philox.uniform(index: UInt64($0), step: 0, stream: Stream.data + stream))
            }
        }
        let classes = outputs.shape.dimensions.last ?? 1
        self.layout = layout
        self.parameters = parameters
        self.targetType = targetType
        weights = (given ?? layout.initialValues(seed: seed)).map { Double($0) }
        losses = try loss.ofEachSample(outputs, y).mean()
        views = pass.parameters.map(\.tensor)
        features = uniform(x.shape.count, 0).map { 2 * $0 - 1 }
        targets = uniform(targetType.shape.count, 1).map { number in
            switch loss {
            case .softmaxCrossEntropy: (number * Double(classes)).rounded(.down)
            case .binaryCrossEntropy: number.rounded()
            case .meanSquaredError: 2 * number - 1
            }
        }
    }

    /// The loss alone, with everything but the weights written.
    func evaluation(on backend: some Backend) throws -> any Executable {
        try prepared(Graph(outputs: ["loss": losses]), on: backend)
    }

    /// The gradient of the loss, and the median time of computing it.
    func gradient<B: Backend, Element>(
        on backend: B, read: (B, any TensorBuffer) throws -> [Element]
    ) throws -> (values: [Element], seconds: Double) {
        let parts = try gradients(of: losses, withRespectTo: views)
        let gradient = try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
        let executable = try prepared(
            Graph(outputs: ["loss": losses, "gradient": gradient]), on: backend)
        try executable.run()
        try backend.synchronize()
        let times = try (0..<5).map { _ in
            let start = ContinuousClock.now
            try executable.run()
            try backend.synchronize()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        let values = try read(backend, executable.buffer(named: "gradient"))
        return (values, times.sorted()[times.count / 2])
    }

    private func prepared(_ graph: Graph, on backend: some Backend) throws -> any Executable {
        let executable = try backend.compile(graph)
        try backend.write(weights, to: executable.buffer(named: "parameters"))
        try backend.write(features, to: executable.buffer(named: "features"))
        let buffer = try executable.buffer(named: "targets")
        if targetType.elementType == .int32 {
            try backend.write(targets.map { Int32($0) }, to: buffer)
        } else {
            try backend.write(targets, to: buffer)
        }
        return executable
    }
}

/// Central differences of a subject's loss on the reference.
private final class FiniteDifferences {
    private let backend: ReferenceBackend<Double>
    private let executable: any Executable
    private let parameters: any TensorBuffer
    private let loss: any TensorBuffer
    private var weights: [Double]
    private var evaluations = 0
    private var seconds = 0.0

    init(_ subject: Subject, on backend: ReferenceBackend<Double>) throws {
        self.backend = backend
        weights = subject.weights
        executable = try subject.evaluation(on: backend)
        parameters = try executable.buffer(named: "parameters")
        loss = try executable.buffer(named: "loss")
    }

    var secondsPerEvaluation: Double { seconds / Double(max(1, evaluations)) }

    /// The derivative of the loss with respect to one weight.
    ///
    /// A wide stencil of fourth order leaves the least to truncation and rounding. A kink of a ReLU
    /// inside of it averages two slopes, so where it is far from what is expected, narrow
    /// differences tell such a kink from a wrong gradient: those agree with nothing wrong either.
    ///
    /// - Parameters:
    ///   - index: The weight's place in the vector of all.
    ///   - expected: What the reference says.
    ///   - scale: How large the derivatives of this parameter are.
    /// - Returns: The estimate that is nearest to what is expected.
    /// - Throws: What the backend throws.
    func derivative(at index: Int, near expected: Double, scale: Double) throws -> Double {
        let tolerance = 0.1 * GradientCheck.differenceLimit * scale
        var best = try (4 * quotient(at: index, 0x1p-10) - quotient(at: index, 0x1p-9)) / 3
        for step in [0x1p-17, 0x1p-21] where Swift.abs(best - expected) > tolerance {
            let narrower = try quotient(at: index, step)
            if Swift.abs(narrower - expected) < Swift.abs(best - expected) { best = narrower }
        }
        return best
    }

    /// The central difference `(E(w + h) − E(w − h)) / 2h`.
    private func quotient(at index: Int, _ step: Double) throws -> Double {
        let original = weights[index]
        weights[index] = original + step
        let above = try evaluate()
        weights[index] = original - step
        let below = try evaluate()
        weights[index] = original
        return (above - below) / (2 * step)
    }

    private func evaluate() throws -> Double {
        let start = ContinuousClock.now
        try backend.write(weights, to: parameters)
        try executable.run()
        let value = try backend.read(loss)[0]
        seconds += (ContinuousClock.now - start) / .seconds(1)
        evaluations += 1
        return value
    }
}
