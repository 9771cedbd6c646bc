import TestSupport
import Testing

@testable import NNGPU

/// `nngpu check`'s way of judging gradients, on right ones and on wrong ones.
@Suite struct GradientCheckTests {
    private func subject(
        _ activation: Activation = .gelu, parameters: [Float]? = nil, seed: UInt64 = 2
    ) throws -> GradientSubject {
        try GradientSubject(
            Network(
                Sequential.multilayerPerceptron(
                    inputs: 5, hidden: [7, 6], outputs: 3, activation: activation, dropout: 0.2),
                inputShape: [5]),
            task: TrainingTask(CrossEntropy()),
            parameters: parameters.map { ParameterValues(trained: $0) }, batchSize: 4, seed: seed)
    }

    private func check(
        _ subject: GradientSubject, on backend: any Backend,
        reference: any Backend = ReferenceBackend<Double>(), samples: Int = 100, seed: UInt64 = 2
    ) throws -> GradientCheck {
        try GradientCheck(
            of: subject, on: backend, reference: reference, samples: samples, seed: seed)
    }

    @Test(arguments: OnDevice.forms)
    func rightGradientsPass(form: KernelForm) throws {
        let check = try check(subject(), on: OnDevice.backend(form))
        #expect(check.passes)
        #expect(check.rows.map(\.parameter).count == 6)
        #expect(check.rows.allSatisfy { $0.sampled == min($0.count, 100) && $0.kinks == 0 })
        #expect(check.numerical.evaluations == 2 * check.parameterCount)
        // The bounds are of use only while they are far below the gradient itself.
        #expect(check.rows.allSatisfy { $0.deviceBound < 1e-3 && $0.deviceError < $0.deviceBound })
        #expect(
            check.rows.allSatisfy {
                $0.differenceBound < GradientCheck.differenceLimit
                    && $0.differenceError < $0.differenceBound
            })
    }

    @Test(arguments: Activation.allCases)
    func rightGradientsPassForManySeeds(activation: Activation) throws {
        var (sampled, kinks) = (0, 0)
        for seed in 0..<10 as Range<UInt64> {
            let check = try check(
                subject(activation, seed: seed), on: ReferenceBackend<Float>(), samples: 12,
                seed: seed)
            #expect(check.passes, "seed \(seed): \(check.rows.filter { !$0.passes })")
            sampled += check.rows.map(\.sampled).reduce(0, +)
            kinks += check.rows.map(\.kinks).reduce(0, +)
        }
        // A stencil can become 2⁻¹³ narrow on either side, and few kinks are that close.
        #expect(100 * kinks <= sampled)
        if ![.relu, .leakyReLU()].contains(activation) { #expect(kinks == 0) }
    }

    @Test func gradientsThatAreAThousandthOffFail() throws {
        let skewed = SpoiledBackend(ReferenceBackend<Float>()) { graph in
            try graph.replacing(
                Dictionary(
                    uniqueKeysWithValues: graph.outputs.map { ($0.value, try $0.value * 1.001) }))
        }
        skewed.isWrong = true
        let check = try check(subject(), on: skewed)
        #expect(!check.passes)
        #expect(check.rows.allSatisfy { !$0.isDeviceWithinBound })
        // The reference itself is still right.
        #expect(
            check.rows.allSatisfy {
                $0.isDifferenceWithinBound && $0.differenceError <= GradientCheck.differenceLimit
            })
    }

    /// The element is of middling size in its parameter, and not one that a dropped unit makes 0.
    @Test(arguments: [.gelu, .tanh, .relu] as [Activation], 0..<6)
    func oneElementOfTheReferenceThatIsSlightlyOffFails(
        activation: Activation, parameter: Int
    ) throws {
        let subject = try subject(activation)
        let exact = try subject.gradients(on: ReferenceBackend<Double>()) { try $0.read($1) }
            .ofVariables.flatMap { $0 }
        let candidates = subject.variables[parameter].range.filter { exact[$0] != 0 }
            .sorted { abs(exact[$0]) < abs(exact[$1]) }
        let element = try #require(candidates.dropFirst(candidates.count / 2).first)
        let reference = SpoiledBackend(ReferenceBackend<Double>()) { graph in
            let gradient = try #require(
                graph.outputs.first { $0.name == GradientSubject.Output.gradient }
            ).value
            var factors = [Double](repeating: 1, count: gradient.shape.count)
            factors[element] += 1e-5
            return try graph.replacing([gradient: gradient * .constant(factors, gradient.shape)])
        }
        let right = try check(subject, on: ReferenceBackend<Float>(), reference: reference)
        #expect(right.passes)
        reference.isWrong = true
        let wrong = try check(subject, on: ReferenceBackend<Float>(), reference: reference)
        #expect(
            wrong.rows.indices.filter { !wrong.rows[$0].isDifferenceWithinBound } == [parameter])
        #expect(!wrong.passes)
    }

    /// Where all units of a layer are at 0 the loss has no derivative, whatever the gradient says.
    @Test func aParameterAtKinksDoesNotPass() throws {
        let first = [Float](repeating: 0, count: 5 * 7 + 7)
        let others = (0..<69).map { Float($0 * $0 % 7) / 4 - 0.75 }
        let check = try check(
            subject(.relu, parameters: first + others), on: ReferenceBackend<Float>())
        let row = check.rows[0]
        #expect(2 * row.kinks > row.sampled && !row.passes)
        // Nothing else is wrong with it.
        #expect(row.isDifferenceWithinBound && row.isDeviceWithinBound)
        #expect(!check.passes)
    }
}
