import NNGraph
import NNReference

/// Two independent checks of the gradients of a graph or model, parameter by parameter.
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
        /// The name of the parameter, such as `0.weight`, or of the leaf.
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

    /// The parameters in the order given, or that of the layers.
    public let rows: [Row]
    /// The number of elements of all parameters.
    public let parameterCount: Int
    /// Backpropagation on the reference: one pass forward and back.
    public let backpropagation: Cost
    /// Numerical differentiation on the reference: two evaluations for each element.
    ///
    /// The time of one is measured, over all the evaluations that the samples needed.
    public let numerical: Cost
    /// Backpropagation on the device.
    public let device: Cost

    /// Whether every parameter passes.
    public var passes: Bool { rows.allSatisfy(\.passes) }

    /// Checks the gradients of any graph.
    ///
    ///     let x = try Tensor.input("x", [8, 3])
    ///     let w = try Tensor.parameter("w", [1, 3])
    ///     let loss = try tanh(matmul(x, w, transposeB: true)).mean()
    ///     let check = try GradientCheck(
    ///         of: loss, withRespectTo: [w], values: ["w": [0.5, -1, 2], "x": features], on: backend,
    ///         samples: 20, seed: 0)
    ///
    /// - Parameters:
    ///   - loss: What is differentiated, one number.
    ///   - leaves: The inputs and parameters that it is differentiated with respect to.
    ///   - values: Where to check: by the name of each leaf of the loss its elements in row-major order,
    ///     whole numbers for an int32 leaf, and bytes for a unorm8 one. Other names are not looked at.
    ///   - backend: What is compared with the reference.
    ///   - samples: How many elements of each leaf are differentiated numerically at most.
    ///   - seed: What the choice of elements depends on.
    /// - Throws: ``GradientCheckError``, `GraphError` or what the backend throws.
    public init(
        of loss: Tensor, withRespectTo leaves: [Tensor], values: [String: [Double]],
        on backend: any Backend, samples: Int, seed: UInt64
    ) throws {
        try self.init(
            of: GradientSubject(of: loss, withRespectTo: leaves, values: values), on: backend,
            reference: ReferenceBackend<Double>(), samples: samples, seed: seed)
    }

    /// Checks the gradients of a subject as `reference` computes them, in double precision, and those
    /// of `backend`.
    init(
        of subject: GradientSubject, on backend: any Backend, reference: any Backend, samples: Int,
        seed: UInt64
    ) throws {
        guard samples >= 1 else { throw GradientCheckError.tooFewSamples(samples) }
        let exact = try subject.gradients(on: reference) { try $0.read($1) }
        let bounded = try subject.gradients(on: ReferenceBackend<LikelyBounded>()) {
            try $0.readScalars($1)
        }
        let measured = try subject.gradients(on: backend) { try $0.readFloats($1) }
        let differences = try FiniteDifferences(
            subject, lossError: bounded.loss.error * doubleToSingle)

        parameterCount = subject.variables.map(\.range.count).reduce(0, +)
        backpropagation = Cost(evaluations: 1, secondsEach: exact.seconds)
        device = Cost(evaluations: 1, secondsEach: measured.seconds)
        rows = try subject.variables.enumerated().map { index, variable in
            let order = Philox(seed: seed).permutation(
                count: variable.range.count, step: 0,
                stream: GradientSubject.Stream.samples + UInt32(index))
            let chosen = order.prefix(samples).map { Int($0) }
            return Row(
                variable.name, sample: chosen,
                stencils: try chosen.map {
                    try differences.derivative(
                        in: variable.leaf, at: variable.range.lowerBound + $0)
                },
                exact: exact.ofVariables[index], bounded: bounded.ofVariables[index],
                measured: measured.ofVariables[index])
        }
        numerical = Cost(
            evaluations: 2 * parameterCount, secondsEach: differences.secondsPerEvaluation)
    }
}

extension GradientCheck.Row {
    /// Compares the gradients of one parameter, of which some elements have differences.
    fileprivate init(
        _ name: String, sample: [Int], stencils: [Stencil], exact: [Double],
        bounded: [LikelyBounded], measured: [Float]
    ) {
        // The scale, too, is what the differences say: a gradient does not choose its own judges.
        let scale = norm(stencils.map(\.value)) / Double(stencils.count).squareRoot()
        let slack = GradientCheck.differenceLimit * scale
        let smooth = zip(sample, stencils).filter { $1.isSmooth(within: slack) }
        let expected = smooth.map { exact[$0.0] }
        parameter = name
        count = exact.count
        sampled = sample.count
        kinks = sample.count - smooth.count
        differenceError = relativeDistance(smooth.map(\.1.value), from: expected)
        differenceBound = relativeNorm(smooth.map(\.1.bound), of: expected)
        isDifferenceWithinBound = smooth.allSatisfy {
            $1.admits(exact[$0], error: bounded[$0].error * doubleToSingle)
        }
        deviceError = relativeDistance(measured.map { Double($0) }, from: exact)
        deviceBound = relativeNorm(bounded.map(\.error), of: exact)
        isDeviceWithinBound = zip(bounded, measured).allSatisfy { $0.admits($1) }
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
