import NNGraph

extension ConformanceCase {
    /// Floats that become int32s and the other way round, by themselves and as part of other kernels.
    static let conversions: [ConformanceCase] =
        sizes + ends + members + readers

    private static let sizes = ([[], [1], [7], [257], [3, 5], [65, 33]] as [Shape]).flatMap {
        shape in
        [
            ConformanceCase("int32 of \(shape)", [.real(shape, -9, 9)], .exact) {
                try $0[0].convert(to: .int32)
            },
            ConformanceCase(
                "float of int32 \(shape)", [.integers(shape, -1_000_000...1_000_000)], .exact
            ) { try $0[0].convert(to: .float) },
            ConformanceCase("\(shape) without fractions", [.real(shape, -9, 9)], .exact) {
                try $0[0].convert(to: .int32).convert(to: .float)
            },
        ]
    }

    private static let ends = [
        ConformanceCase("int32 of special numbers", [.given(numbers)], .exact) {
            try $0[0].convert(to: .int32)
        },
        ConformanceCase("int32 of special numbers and back", [.given(numbers)], .exact) {
            try $0[0].convert(to: .int32).convert(to: .float)
        },
        ConformanceCase(
            "float of int32s that are rounded", [.given(int32s: int32s)], .exact
        ) { try $0[0].convert(to: .float) },
        ConformanceCase("int32s by way of floats", [.given(int32s: int32s)], .special) {
            try compare($0[0].convert(to: .float).convert(to: .int32), .equal, $0[0])
        },
    ]

    /// Two whole vectors of them: what follows the vectors of a row has other code.
    private static let numbers: [Float] = [
        0, -0.0, 0.5, -0.5, 0.999_999_94, -0.999_999_94, 1, -1, 1.5, -1.5, 2.999_999_8, 1e-30,
        -1e-30,
        0x1p-126, 8_388_607.5, -8_388_607.5, 16_777_216, 16_777_218, 2_147_483_520, -2_147_483_520,
        2_147_483_648, -2_147_483_648, 2_147_483_904, -2_147_483_904, 4_294_967_296, -4_294_967_296,
        3e38, -3e38, .infinity, -.infinity, .nan, -.nan,
    ]

    /// Around the first that no float holds, halfway between floats, and the ends.
    private static let int32s: [Int32] = [
        0, 1, -1, 16_777_215, 16_777_216, 16_777_217, 16_777_218, 16_777_219, -16_777_217,
        -16_777_219, 33_554_433, 33_554_434, 33_554_435, 33_554_437, 33_554_438, 33_554_439,
        2_147_483_583, 2_147_483_584, 2_147_483_585, 2_147_483_519, .max, .max - 1, .max - 64,
        .max - 63, .max - 65, .min, .min + 1, .min + 64, .min + 63, .min + 65, 1_000_000_007,
        -1_000_000_007,
    ]

    /// As prologue, epilogue and member of kernels that compute floats.
    private static let members = [
        ConformanceCase(
            "int32 of a product", [.whole([5, 7], -9...9), .whole([7, 33], -9...9)], .exact
        ) { try (matmul($0[0], $0[1]) * 0.25).convert(to: .int32) },
        ConformanceCase("int32 of a rounded product", [.real([5, 7]), .real([7, 33])]) {
            try (matmul($0[0], $0[1]) * 100).convert(to: .int32)
        },
        ConformanceCase("int32 of sums of rows", [.whole([7, 65], -9...9)], .exact) {
            try ($0[0].sum([1]) * 0.25).convert(to: .int32)
        },
        ConformanceCase("int32 of column maxima", [.real([7, 65], -9, 9)], .exact) {
            try $0[0].max([0]).convert(to: .int32)
        },
        ConformanceCase("sum of int32s", [.integers([7, 65], -99...99)], .exact) {
            try $0[0].convert(to: .float).sum([1])
        },
        ConformanceCase(
            "int32s and floats in one kernel",
            [.real([9, 35], -9, 9), .integers([9, 35], -9...9)],
            .exact
        ) { x in
            let whole = try x[0].convert(to: .int32)
            return try compare(whole, .less, x[1]) * x[0] + whole.convert(to: .float)
        },
        ConformanceCase(
            "int32s of transposes and slices side by side",
            [.real([9, 7], -9, 9), .integers([3, 9], -9...9)], .exact
        ) {
            try concatenate([
                $0[0].transpose().convert(to: .int32), $0[0].convert(to: .int32).transpose(), $0[1],
                $0[1].slice(1..<3).convert(to: .float).convert(to: .int32),
            ])
        },
    ]

    /// What takes int32s, given converted ones.
    private static let readers = [
        ConformanceCase(
            "gather at converted places", [.real([9, 5]), .real([13], -1, 10)], .exact
        ) {
            try $0[0].gather($0[1].convert(to: .int32))
        },
        ConformanceCase(
            "scatterAdd at converted places", [.whole([13, 5], -9...9), .real([13], -2, 10)], .exact
        ) { try scatterAdd($0[0], at: $0[1].convert(to: .int32), count: 9) },
        ConformanceCase("loss of converted labels", [.real([7, 5]), .real([7], 0, 5)]) {
            try softmaxCrossEntropy($0[0], $0[1].convert(to: .int32))
        },
        ConformanceCase("gradient at converted labels", [.real([7, 5]), .real([7], 0, 5)]) { x in
            let loss = try softmaxCrossEntropy(x[0], x[1].convert(to: .int32))
            return try gradients(of: loss, withRespectTo: [x[0]])[0]
        },
        ConformanceCase("uniform at a converted step", [.given([41.75], [])], .exact) {
            try .uniform([65], seed: 3, stream: 1, step: $0[0].convert(to: .int32))
        },
        ConformanceCase("one uniform beside its converted step", [.given([41.75], [])], .exact) {
            x in
            let step = try x[0].convert(to: .int32)
            return try .uniform([], seed: 3, stream: 1, step: step)
                * compare(step, .equal, .constant(41, [], .int32))
        },
    ]
}
