import NNGraph
import NNReference

/// Finite differences of a subject's loss, computed by the reference in double precision.
///
/// Nothing here knows what a gradient claims to be: an estimate comes with its own bound, and the
/// choice between estimates is by that bound.
final class FiniteDifferences {
    /// How far the points of the widest stencil are apart, where a number is of size 1 or less.
    ///
    /// Estimates of fourth order balance truncation, `h⁴`, against rounding, `ε/h`, at a step of
    /// about `ε^(1/5)`, which is 2⁻¹⁰. The widest is for losses that are nearly straight and whose
    /// small derivatives would drown in rounding, the narrowest for those with kinks close by.
    static let steps = [0x1p-7, 0x1p-11, 0x1p-15]

    private let backend: ReferenceBackend<Double>
    private let executable: any Executable
    private let loss: any TensorBuffer
    private let lossError: Double
    /// The leaves that hold variables.
    private let leaves: [(name: String, buffer: any TensorBuffer)]
    private var values: [String: [Double]]
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
        values = subject.variableValues
        let executable = try subject.evaluation(on: backend)
        self.executable = executable
        leaves = try values.keys.map { ($0, try executable.buffer(named: $0)) }
        loss = try executable.buffer(named: GradientSubject.Output.loss)
        center = try evaluate()
    }

    /// The mean time of one evaluation of the loss.
    var secondsPerEvaluation: Double { seconds / Double(evaluations) }

    /// The derivative of the loss with respect to one number.
    ///
    /// - Parameters:
    ///   - leaf: The name of the leaf that holds it.
    ///   - index: Its place there.
    /// - Returns: Of the stencils, the one with the smallest bound.
    /// - Throws: What the backend throws.
    func derivative(in leaf: String, at index: Int) throws -> Stencil {
        let value = values[leaf, default: []][index]
        // A power of two moves a number of single precision exactly.
        let scale = max(1, Swift.abs(value)).binade
        func stencil(_ step: Double) throws -> Stencil {
            try self.stencil(in: leaf, at: index, around: value, step: step * scale)
        }
        var best = try stencil(Self.steps[0])
        for step in Self.steps.dropFirst() {
            // The rounding alone of the next one, which is 16 times as much, would be no less.
            if best.disagreement <= 15 * best.rounding { break }
            let next = try stencil(step)
            if !(best.bound <= next.bound) { best = next }
        }
        return best
    }

    private func stencil(
        in leaf: String, at index: Int, around center: Double, step: Double
    ) throws -> Stencil {
        defer { values[leaf]?[index] = center }
        func value(_ distance: Double) throws -> Double {
            values[leaf]?[index] = center + distance
            return try evaluate()
        }
        return Stencil(
            step: step, center: self.center,
            above: try Stencil.multiples.map { try value($0 * step) },
            below: try Stencil.multiples.map { try value(-$0 * step) }, valueError: lossError)
    }

    private func evaluate() throws -> Double {
        let start = ContinuousClock.now
        for (name, buffer) in leaves { try backend.write(values[name] ?? [], to: buffer) }
        try executable.run()
        let value = try backend.read(loss)[0]
        seconds += (ContinuousClock.now - start) / .seconds(1)
        evaluations += 1
        return value
    }
}
