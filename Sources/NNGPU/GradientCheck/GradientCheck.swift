import NNGraph
import NNReference
import NNTraining

/// Two independent checks of a model's gradients, parameter by parameter.
///
/// The reference's gradients, in double precision, are compared with finite differences of the loss,
/// within the bound that truncation and rounding leave those (see `Stencil`). The device's gradients
/// are compared with the reference's, within a bound that running error analysis derives for single
/// precision (see `Independent`). On the way both ways of getting a gradient are timed:
/// backpropagation costs a small multiple of one evaluation of the loss, O(|W|), numerical
/// differentiation at least two evaluations for every weight, O(|W|²).
public struct GradientCheck: Codable, Sendable {
    /// How far finite differences of one element may disagree among themselves, besides by rounding, in
    /// parts of the root mean square of the parameter's derivatives: where it is more, there is a kink.
    public static let differenceLimit = 1e-6

    /// What was found for one parameter.
    public struct Row: Codable, Sendable {
        /// The parameter's name, such as `0.weight`.
        public let parameter: String
        /// The number of its elements.
        public let count: Int
        /// How many of them were differentiated numerically.
        public let sampled: Int
        /// How many of those lie so close to a kink of the loss, as of a ReLU, that finite differences
        /// have no derivative there; they are compared with nothing.
        public let kinks: Int
        /// `‖differences − gradient‖ / ‖gradient‖` over the sampled elements away from kinks.
        public let differenceError: Double
        /// The same for the largest errors that the differences may have.
        public let differenceBound: Double
        /// Whether the gradient is within the bound of each of these differences.
        public let isDifferenceWithinBound: Bool
        /// `‖device − reference‖ / ‖reference‖` over all elements.
        public let deviceError: Double
        /// The same for the largest errors that single precision may make.
        public let deviceBound: Double
        /// Whether every element of the device's gradient is within its own bound.
        public let isDeviceWithinBound: Bool

        /// Whether both checks hold, the first of them for at least half of the sample.
        public var passes: Bool {
            isDifferenceWithinBound && 2 * kinks <= sampled && isDeviceWithinBound
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
        try self.init(
            of: GradientSubject(
                model, inputShape: inputShape, loss: loss, parameters: parameters,
                batchSize: batchSize, seed: seed),
            on: backend, reference: ReferenceBackend<Double>(), samples: samples, seed: seed)
    }

    /// Checks the gradients of a subject as `reference` computes them, in double precision, and those
    /// of `backend`.
    init(
        of subject: GradientSubject, on backend: any Backend, reference: any Backend, samples: Int,
        seed: UInt64
    ) throws {
        let layout = subject.layout
        let exact = try subject.gradient(on: reference) { try $0.read($1) }
        let bounded = try subject.gradient(on: ReferenceBackend<LikelyBounded>()) {
            try $0.readScalars($1)
        }
        let measured = try subject.gradient(on: backend) { try $0.readFloats($1) }
        let differences = try FiniteDifferences(
            subject, lossError: bounded.loss.error * doubleToSingle)

        parameterCount = layout.count
        backpropagation = Cost(evaluations: 1, secondsEach: exact.seconds)
        device = Cost(evaluations: 1, secondsEach: measured.seconds)
        rows = try layout.entries.enumerated().map { index, entry in
            let order = Philox(seed: seed).permutation(
                count: entry.range.count, step: 0,
                stream: GradientSubject.Stream.samples + UInt32(index))
            let chosen = order.prefix(samples).map { entry.range.lowerBound + Int($0) }
            return Row(
                entry, sample: chosen, stencils: try chosen.map(differences.derivative),
                exact: exact.values, bounded: bounded.values, measured: measured.values)
        }
        numerical = Cost(
            evaluations: 2 * layout.count, secondsEach: differences.secondsPerEvaluation)
    }
}

extension GradientCheck.Row {
    /// Compares the gradients of one parameter, given those of all of them.
    fileprivate init(
        _ entry: ParameterLayout.Entry, sample: [Int], stencils: [Stencil], exact: [Double],
        bounded: [LikelyBounded], measured: [Float]
    ) {
        // The scale, too, is what the differences say: a gradient does not choose its own judges.
        let scale = norm(stencils.map(\.value)) / Double(stencils.count).squareRoot()
        let slack = GradientCheck.differenceLimit * scale
        let smooth = zip(sample, stencils).filter { $1.isSmooth(within: slack) }
        let expected = smooth.map { exact[$0.0] }
        let truth = Array(exact[entry.range])
        parameter = entry.name
        count = entry.range.count
        sampled = sample.count
        kinks = sample.count - smooth.count
        differenceError = relativeDistance(smooth.map(\.1.value), from: expected)
        differenceBound = relativeNorm(smooth.map(\.1.bound), of: expected)
        isDifferenceWithinBound = smooth.allSatisfy {
            $1.admits(exact[$0], error: bounded[$0].error * doubleToSingle)
        }
        deviceError = relativeDistance(entry.range.map { Double(measured[$0]) }, from: truth)
        deviceBound = relativeNorm(entry.range.map { bounded[$0].error }, of: truth)
        isDeviceWithinBound = entry.range.allSatisfy { bounded[$0].admits(measured[$0]) }
    }
}

/// The errors of double precision in parts of those of single precision: running errors are
/// proportional to the unit roundoff, which is 2⁻⁵³ and 2⁻²⁴.
private let doubleToSingle = 0x1p-29

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
