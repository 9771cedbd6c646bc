import NNGraph
import Testing

/// Operators of tensors with numbers of every kind.
@Suite struct OperatorTests {
    private let x: Tensor

    init() throws { x = try .constant([1, 2, 3], [3]) }

    @Test func numbersMayBeOfAnyType() throws {
        let (two, half) = (2, Float(0.5))
        try expect(x + two, is: [3, 4, 5], [3])
        try expect(two + x, is: [3, 4, 5], [3])
        try expect(x - two, is: [-1, 0, 1], [3])
        try expect(two - x, is: [1, 0, -1], [3])
        try expect(x * two, is: [2, 4, 6], [3])
        try expect(half * x, is: [0.5, 1, 1.5], [3])
        try expect(x / half, is: [2, 4, 6], [3])
        try expect(two / x, is: [2, 1, 2.0 / 3], [3])
    }

    /// As whole numbers, which `Int` makes of them, these would be 0.
    @Test func quotientsOfLiteralsAreNoWholeNumbers() throws {
        try expect(x * (1 / 2), is: [0.5, 1, 1.5], [3])
        try expect((3 / 2) + x, is: [2.5, 3.5, 4.5], [3])
        try expect(x > (3 / 2), is: [0, 1, 1], [3])
    }

    @Test func relationsGiveOneOrZero() throws {
        let (two, half) = (2, Float(2.5))
        let y = try Tensor.constant([2], [1])
        try expect(x > y, is: [0, 0, 1], [3])
        try expect(x >= y, is: [0, 1, 1], [3])
        try expect(x < y, is: [1, 0, 0], [3])
        try expect(x <= y, is: [1, 1, 0], [3])
        try expect(x > 2, is: [0, 0, 1], [3])
        try expect(x >= two, is: [0, 1, 1], [3])
        try expect(x < half, is: [1, 1, 0], [3])
        try expect(x <= 2, is: [1, 1, 0], [3])
        try expect(2 > x, is: [1, 0, 0], [3])
        try expect(two >= x, is: [1, 1, 0], [3])
        try expect(half < x, is: [0, 0, 1], [3])
        try expect(2 <= x, is: [0, 1, 1], [3])
    }

    @Test func int32sAreComparedAsWholeNumbers() throws {
        let labels = try Tensor.constant([16_777_216, 16_777_217], [2], .int32)
        try expect(labels > 16_777_216, is: [0, 1], [2])
        try expect(16_777_217 <= labels, is: [0, 1], [2])
    }

    /// It is here to be compiled: with too many ways to read it, the compiler would give it up.
    @Test func longFormulasAreCompiled() throws {
        let y = try x * 2 + 1
        let long =
            try (x - 1) * (x - 1) * 100 + (y - x * x) * (y - x * x) / 2 - 3 * x * y
            + sin(x * 2 * 3.141_592_653_589_793) * cos(y / 4) - exp(-x * x / (2 * 0.5 * 0.5)) * 3
            + (x > 0) * (y < 10) * 0.5 + power(x, 2) * (1 / 2) - 2 * sqrt(y + 1e-6) * 0.25
        let (a, b) = ([1.0, 2, 3], [3.0, 5, 7])
        let expected = zip(a, b).map { x, y -> Double in
            let squares = (x - 1) * (x - 1) * 100 + (y - x * x) * (y - x * x) / 2 - 3 * x * y
            let bells = exponential(-2 * x * x) * 3
            let rest = 0.5 + x * x / 2 - (y + 1e-6).squareRoot() / 2
            return squares - bells + rest
        }
        // sin 2πx is zero to the last bits.
        let found = try values(of: long)
        #expect(zip(found, expected).allSatisfy { Swift.abs($0 - $1) < 1e-12 })
    }

    private func exponential(_ x: Double) -> Double {
        // Enough terms for |x| up to 18, in pairs that do not cancel: e⁻ˣ = 1 / eˣ.
        var (sum, term) = (1.0, 1.0)
        for index in 1..<120 {
            term *= -x / Double(index)
            sum += term
        }
        return 1 / sum
    }
}
