import NNGraph
import Testing

/// What the derivative is where there is none: the conventions that the documentation promises.
@Suite struct KinkTests {
    @Test(arguments: TestBackend.available)
    func reluIsFlatAtZero(backend: TestBackend) throws {
        try expectSlope(relu, at: [0, -0.0, -1, 2], is: [0, 0, 0, 1], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func leakyReLUHasItsSlopeAtZero(backend: TestBackend) throws {
        try expectSlope(
            { try leakyReLU($0, slope: 0.25) }, at: [0, -0.0, -1, 2], is: [0.25, 0.25, 0.25, 1],
            on: backend)
    }

    @Test(arguments: TestBackend.available)
    func absoluteIsFlatAtZero(backend: TestBackend) throws {
        try expectSlope(abs, at: [0, -0.0, -3, 2], is: [0, 0, -1, 1], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func maximumSharesTiesBetweenBoth(backend: TestBackend) throws {
        let b = try Tensor.constant([1, 2, 3], [3])
        try expectSlope({ try maximum($0, b) }, at: [1, 3, 1], is: [0.5, 1, 0], on: backend)
        try expectSlope({ try maximum(b, $0) }, at: [1, 3, 1], is: [0.5, 1, 0], on: backend)
        try expectSlope({ try maximum($0, $0) }, at: [1, 3, 1], is: [1, 1, 1], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func minimumSharesTiesBetweenBoth(backend: TestBackend) throws {
        let b = try Tensor.constant([1, 2, 3], [3])
        try expectSlope({ try minimum($0, b) }, at: [1, 3, 1], is: [0.5, 0, 1], on: backend)
        try expectSlope({ try minimum(b, $0) }, at: [1, 3, 1], is: [0.5, 0, 1], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func maxSharesTiesEvenly(backend: TestBackend) throws {
        try expectSlope(
            { try $0.reshape([2, 4]).max([1]) }, at: [5, 1, 5, 5, 2, 2, 2, 2],
            is: [1.0 / 3, 0, 1.0 / 3, 1.0 / 3, 0.25, 0.25, 0.25, 0.25], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func signAndComparisonsHaveNoSlope(backend: TestBackend) throws {
        try expectSlope(sign, at: [0, -1, 2], is: [0, 0, 0], on: backend)
        try expectSlope(
            { try compare($0, .less, .constant(1)) }, at: [0, 1, 2], is: [0, 0, 0], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func powerOfZeroDoesNotDependOnItsExponent(backend: TestBackend) throws {
        let zero = try Tensor.constant([0, 0, 0], [3])
        try expectSlope({ try power(zero, $0) }, at: [1, 2, 0.5], is: [0, 0, 0], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func minSharesTiesEvenly(backend: TestBackend) throws {
        try expectSlope(
            { try $0.reshape([2, 2]).min([-1]) }, at: [1, 5, 2, 2], is: [1, 0, 0.5, 0.5],
            on: backend)
    }

    @Test(arguments: TestBackend.available)
    func clipHasASlopeFromBoundToBound(backend: TestBackend) throws {
        try expectSlope(
            { try clip($0, min: -1, max: 2) }, at: [-2, -1, 0, 2, 3], is: [0, 1, 1, 1, 0],
            on: backend)
        try expectSlope({ try clip($0, max: 0) }, at: [-1, 0, 1], is: [1, 1, 0], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func conversionsAndStoppedGradientsHaveNoSlope(backend: TestBackend) throws {
        try expectSlope(
            { try $0.convert(to: .int32).convert(to: .float) * $0 }, at: [0.5, 2.5], is: [0, 2],
            on: backend)
        try expectSlope({ try stopGradient($0) * $0 }, at: [3, -2], is: [3, -2], on: backend)
    }

    @Test(arguments: TestBackend.available)
    func powersOfZeroAndNegativeNumbersHaveTheirSlopes(backend: TestBackend) throws {
        for (exponent, slopes) in [
            (0, [0, 0, 0]), (1, [1, 1, 1]), (2, [0, 0, -4]), (3, [0, 0, 12]),
            (-1, [-.infinity, -.infinity, -0.25]),
        ] as [(Double, [Double])] {
            try expectSlope(
                { try power($0, exponent) }, at: [0, -0.0, -2], is: slopes, on: backend)
        }
        // f″ + x · f‴, of which the general power would make 0 · 0⁻¹.
        try expectSlope(
            { x in
                let first = try gradients(of: power(x, 2), withRespectTo: [x])[0]
                return try gradients(of: first, withRespectTo: [x])[0] * x
            }, at: [0, -3], is: [2, 2], on: backend)
    }

    /// The gradient of Σ y, which a kink leaves to convention: exact on every backend.
    private func expectSlope(
        _ function: (Tensor) throws -> Tensor, at x: [Float], is slope: [Double],
        on kind: TestBackend, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let leaf = try Tensor.input("x0", [x.count])
        let gradient = try gradients(of: function(leaf), withRespectTo: [leaf])[0]
        let graph = try Graph(outputs: ["g": gradient])
        try withBackend(kind) { backend in
            let executable = try run(graph, on: backend, inputs: [.floats(x)])
            let values = try backend.readFloats(executable.buffer(named: "g"))
            #expect(values == slope.map { Float($0) }, sourceLocation: sourceLocation)
        }
    }
}
