import NNGraph
import Testing

/// Functions that are made of other operations, against numbers worked out by hand.
@Suite struct FunctionTests {
    private let six: Tensor

    init() throws { six = try .constant([1, 2, 3, 4, 5, 7], [2, 3]) }

    @Test func powers() throws {
        let x = try Tensor.constant([4, 9], [2])
        for (exponent, expected) in [
            (0, [1, 1]), (1, [4, 9]), (2, [16, 81]), (3, [64, 729]), (4, [256, 6561]),
            (0.5, [2, 3]), (1.5, [8, 27]), (-1, [0.25, 1.0 / 9]), (-0.5, [0.5, 1.0 / 3]),
        ] as [(Double, [Double])] {
            try expect(power(x, exponent), is: expected, [2])
        }
        try expect(square(x), is: [16, 81], [2])
        try expect(rsqrt(x), is: [0.5, 1.0 / 3], [2])
        #expect(try power(x, 1) == x)
    }

    @Test func clipKeepsWhatLiesBetweenItsBounds() throws {
        try expect(clip(six, min: 2, max: 5), is: [2, 2, 3, 4, 5, 5], [2, 3])
        try expect(clip(six, min: 3), is: [3, 3, 3, 4, 5, 7], [2, 3])
        try expect(clip(six, max: 3), is: [1, 2, 3, 3, 3, 3], [2, 3])
        try expect(clip(six, min: 4, max: 4), is: [4, 4, 4, 4, 4, 4], [2, 3])
        #expect(try clip(six) == six)
        #expect(try values(of: clip(.constant(.nan), min: 0, max: 1))[0].isNaN)
    }

    @Test func reductions() throws {
        try expect(six.min(), is: [1], [])
        try expect(six.min([0]), is: [1, 2, 3], [3])
        try expect(six.min([1], keepingAxes: true), is: [1, 4], [2, 1])
        // Around 2: 1, 0 and 1; around 16/3: 16/9, 1/9 and 25/9.
        try expect(six.variance([1]), is: [1, 7.0 / 3], [2])
        try expect(six.variance([1], correction: 0), is: [2.0 / 3, 14.0 / 9], [2])
        try expect(six.variance([1], keepingAxes: true), is: [1, 7.0 / 3], [2, 1])
        // Around 11/3: Σ x² − 22²/6.
        try expect(six.variance(), is: [(104 - 484.0 / 6) / 5], [])
        try expect(
            six.standardDeviation([1]), is: [1, (7.0 / 3).squareRoot()], [2])
    }

    @Test func layerNormIsOfMeanZeroAndVarianceOne() throws {
        let row = try Tensor.constant([1, 2, 3], [1, 3])
        let scale = (2.0 / 3 + 0.25).squareRoot()
        try expect(layerNorm(row, epsilon: 0.25), is: [-1 / scale, 0, 1 / scale], [1, 3])
        let gain = try Tensor.constant([1, 2, 3], [3]), bias = try Tensor.constant([5, 6, 7], [3])
        try expect(
            layerNorm(row, gain: gain, bias: bias, epsilon: 0.25),
            is: [5 - 1 / scale, 6, 7 + 3 / scale], [1, 3])
        try expect(
            layerNorm(row, bias: bias, epsilon: 0.25), is: [5 - 1 / scale, 6, 7 + 1 / scale],
            [1, 3])
    }

    @Test func oneHotHasAOneAtTheLabel() throws {
        try expect(
            oneHot(.constant([2, 0, -1, 3], [2, 2], .int32), count: 3),
            is: [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], [2, 2, 3])
        try expect(oneHot(.constant(1, [], .int32), count: 2), is: [0, 1], [2])
    }

    @Test func constantsOfEveryType() throws {
        try expect(.zeros([2]), is: [0, 0], [2])
        try expect(.ones([2, 1]), is: [1, 1], [2, 1])
        let labels: [Int32] = [1, .max]
        for int32s in try [
            Tensor.constant(labels, [2]), .constant([1, 2_147_483_647], [2], .int32),
        ] {
            #expect(int32s.type == TensorType([2], .int32))
            try expect(int32s, is: [1, 2_147_483_647], [2])
        }
        #expect(try Tensor.constant([1, 0, 2], [3]).type == TensorType([3]))
        #expect(try Tensor.zeros([2], .int32).type == TensorType([2], .int32))
        #expect(try Tensor.ones([2], .int32).type == TensorType([2], .int32))
    }

    @Test func nothingGoesThroughAStoppedGradient() throws {
        let x = try Tensor.input("x", [])
        let slopes = try gradients(of: stopGradient(x * x) * x, withRespectTo: [x])
        #expect(try values(of: slopes[0], ["x": [3]]) == [9])
        let stopped = try gradients(of: stopGradient(x), withRespectTo: [x])
        #expect(stopped[0].repeatedNumber == 0)
    }

    @Test func derivativesOfWavesAreWavesOfAnyOrder() throws {
        let x = try Tensor.input("x", [])
        var slope = try sin(x)
        let (sine, cosine) = (0.479_425_538_604_203, 0.877_582_561_890_372_8)
        for expected in [cosine, -sine, -cosine, sine, cosine] {
            slope = try gradients(of: slope, withRespectTo: [x])[0]
            let found = try values(of: slope, ["x": [0.5]])[0]
            #expect(Swift.abs(found - expected) < 1e-15)
        }
    }
}

extension Tensor {
    /// The number that every element of a constant has.
    fileprivate var repeatedNumber: Double? {
        guard case .constant(let values, _) = operation, values.count == 1 else { return nil }
        return values[0]
    }
}
