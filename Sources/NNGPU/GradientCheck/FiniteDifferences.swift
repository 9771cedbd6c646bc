import NNGraph
import NNReference

/// Finite differences of a subject's loss, computed by the reference in double precision.
///
/// Nothing here knows what a gradient claims to be: an estimate comes with its own bound, and the
/// choice between estimates is by that bound.
final class FiniteDifferences {
    /// How far the points of the widest stencil are apart, where a weight is of size 1 or less.
    ///
    /// Estimates of fourth order balance truncation, `h⁴`, against rounding, `ε/h`, at a step of
    /// about `ε^(1/5)`, which is 2⁻¹⁰. The widest is for losses that are nearly straight and whose
    /// small derivatives would drown in rounding, the narrowest for those with kinks close by.
    static let steps = [0x1p-7, 0x1p-11, 0x1p-15]

    private let backend: ReferenceBackend<Double>
    private let executable: any Executable
    private let parameters: any TensorBuffer
    private let loss: any TensorBuffer
    private let lossError: Double
    private var weights: [Double]
    private var center = 0.0
    private var evaluations = 0
    private var seconds = 0.0

    /// Prepares differences.
    ///
    /// - Parameters:
    ///   - subject: What to differentiate.
    ///   - lossError: How far a loss may be from the true one by the rounding of double precision.
    /// - Throws: What the backend throws.
    init(_ subject: GradientSubject, lossError: Double) throws {
        backend = ReferenceBackend()
        self.lossError = lossError
        weights = subject.weights
        executable = try subject.evaluation(on: backend)
        parameters = try executable.buffer(named: "parameters")
        loss = try executable.buffer(named: "loss")
        center = try evaluate()
    }

    /// The mean time of one evaluation of the loss.
    var secondsPerEvaluation: Double { seconds / Double(evaluations) }

    /// The derivative of the loss with respect to one weight.
    ///
    /// - Parameter index: The weight's place in the vector of all.
    /// - Returns: Of the stencils, the one with the smallest bound.
    /// - Throws: What the backend throws.
    func derivative(at index: Int) throws -> Stencil {
        // A power of two moves a weight of single precision exactly.
        let scale = max(1, Swift.abs(weights[index])).binade
        var best = try stencil(at: index, step: Self.steps[0] * scale)
        for step in Self.steps.dropFirst() {
            // The rounding alone of the next one, which is 16 times as much, would be no less.
            if best.disagreement <= 15 * best.rounding { break }
            let next = try stencil(at: index, step: step * scale)
            if !(best.bound <= next.bound) { best = next }
        }
        return best
    }

    private func stencil(at index: Int, step: Double) throws -> Stencil {
        let original = weights[index]
        defer { weights[index] = original }
        func value(_ distance: Double) throws -> Double {
            weights[index] = original + distance
            return try evaluate()
        }
        return Stencil(
            step: step, center: center,
            above: try Stencil.multiples.map { try value($0 * step) },
            below: try Stencil.multiples.map { try value(-$0 * step) }, valueError: lossError)
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
