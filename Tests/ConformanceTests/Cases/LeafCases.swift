import NNGraph

extension ConformanceCase {
    /// Leaves and constants by themselves, and random numbers, which are the same everywhere.
    static let leavesAndConstants: [ConformanceCase] =
        [
            ConformanceCase("input", [.real([13])], .exact) { $0[0] },
            ConformanceCase("int32 input", [.integers([3, 5], -9...9)], .exact) { $0[0] },
            ConformanceCase("parameter at first", [], .exact) { _ in try .parameter("p", [7]) },
            ConformanceCase("constant repeated", [], .exact) { _ in try .constant(0.5, [3, 7]) },
            ConformanceCase("constant written out", [], .exact) { _ in
                try .constant((0..<65).map { Double($0) / 4 }, [5, 13])
            },
            ConformanceCase("constant that is rounded", []) { _ in try .constant(0.1, [3]) },
            ConformanceCase("int32 constant", [], .exact) { _ in
                try Tensor(.constant([3, -7, 2_147_483_647], TensorType([3], .int32)))
            },
            ConformanceCase("int32 constant repeated", [], .exact) { _ in
                try Tensor(.constant([-7], TensorType([2, 3], .int32)))
            },
            ConformanceCase("constants of both kinds in one kernel", [.real([5, 3])]) {
                try $0[0] * 0.3 + Tensor.constant([1, 2, 3], [3]) - Tensor.constant(0.7, [5, 3])
            },
            ConformanceCase("constants alone", []) { _ in
                try exp(Tensor.constant(0.5, [7])) + Tensor.constant([0.25], [1])
            },
            ConformanceCase("zeros of both signs", [.given([1, -1])], .exact) {
                try concatenate(
                    [$0[0] / Tensor.constant(0), $0[0] / Tensor.constant(-0.0)], axis: 0)
            },
        ] + uniforms

    private static let uniforms: [ConformanceCase] =
        [
            [], [1], [7], [64], [65], [1021], [3, 257], [2, 3, 5, 7], [70_001],
        ].map { (shape: Shape) in
            ConformanceCase("uniform \(shape)", [.given(int32s: [41], [])], .exact) {
                try .uniform(shape, seed: 0x1234_5678_9ABC_DEF0, stream: 3, step: $0[0])
            }
        } + [
            ConformanceCase("uniform at step −1", [.given(int32s: [-1], [])], .exact) {
                try .uniform([13], seed: .max, stream: .max, step: $0[0])
            },
            ConformanceCase("uniform of a constant step", [], .exact) { _ in
                try .uniform(
                    [13], seed: 7, stream: 1,
                    step: Tensor(.constant([9], TensorType(.scalar, .int32))))
            },
            ConformanceCase("dropout by uniform", [.given(int32s: [5], []), .real([9, 31])]) { x in
                let kept = try compare(
                    .uniform([9, 31], seed: 1, stream: 0, step: x[0]), .less, .constant(0.75))
                return try select(kept, x[1] / 0.75, .constant(0))
            },
            ConformanceCase(
                "uniform beside a transposed operand", [.given(int32s: [5], []), .real([31, 9])]
            ) {
                try .uniform([9, 31], seed: 1, stream: 0, step: $0[0]) * $0[1].transpose()
            },
            ConformanceCase("two uniforms in one kernel", [.given(int32s: [5], [])]) {
                try .uniform([65], seed: 1, stream: 0, step: $0[0])
                    - .uniform([65], seed: 1, stream: 1, step: $0[0])
            },
        ]
}
