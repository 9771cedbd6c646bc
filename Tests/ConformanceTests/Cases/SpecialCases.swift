import NNGraph

extension ConformanceCase {
    /// NaN, infinities, zeros of both signs and the ends of the range, where the definition speaks.
    static let specials: [ConformanceCase] =
        Operation.Unary.allCases.map { function in
            ConformanceCase("\(function) of special numbers", [.given(numbers)], .special) {
                try Tensor(.unary(function), $0)
            }
        }
        + Operation.Binary.allCases.map { function in
            ConformanceCase("\(function) of special numbers", pairs, .special) {
                try Tensor(.binary(function), $0)
            }
        }
        + Operation.Comparison.allCases.map { relation in
            ConformanceCase("\(relation) of special numbers", normalPairs, .exact) {
                try compare($0[0], relation, $0[1])
            }
        }
        + [Operation.Unary.sin, .cos].map { function in
            // A vector of them, each beside numbers for which there is another way to compute it.
            ConformanceCase(
                "\(function) of small numbers beside huge ones",
                [.given(small + [3e38, 1e7] + small.map { -$0 } + [-1e30, 4e4])]
            ) { try Tensor(.unary(function), $0) }
        }
        + [
            ConformanceCase(
                "select by special numbers",
                [.given([0, -0.0, 1, .nan, .infinity, -1]), .real([6]), .real([6])], .exact
            ) { try select($0[0], $0[1], $0[2]) },
            ConformanceCase(
                "select never touches the other branch",
                [
                    .given([0, 1, 0, 1]), .given([.nan, 1, .infinity, 2]),
                    .given([3, .nan, 4, -.infinity]),
                ], .exact
            ) { try select($0[0], $0[1], $0[2]) },
        ]

    /// Twenty of them, so that vectors and the rest of a row both meet some; `SubnormalTests` has what
    /// is smaller.
    private static let numbers: [Float] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, 88, -88, 104, -104, 1e-30, -1e-30, 3e38, -3e38,
        0x1p-126, 0.5, 9, -9, 20,
    ]

    private static let small: [Float] = [
        1e-30, 1e-9, 0.0001, 0.001, 0.003, 0.007, 0.0078, 0.0079, 0.0156, 0.015_626, 0.02, 0.1, 0.5,
        1,
    ]

    private static func pairing(_ numbers: [Float]) -> [Leaf] {
        [
            .given(numbers.flatMap { a in numbers.map { _ in a } } as [Float]),
            .given(numbers.flatMap { _ in numbers } as [Float]),
        ]
    }

    private static let pairs = pairing([
        0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, .infinity, -.infinity, .nan, 1e-30, 3e38, -3e38,
    ])

    private static let normalPairs = pairing([
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, 1e-30, 3e38, -3e38,
    ])
}
