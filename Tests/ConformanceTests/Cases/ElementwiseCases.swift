import NNGraph

extension ConformanceCase {
    /// Functions of each number alone, on sizes around every vector and workgroup.
    static let elementwise: [ConformanceCase] =
        unaries + binaries + comparisons + selections + sweeps

    private static let unaries = Operation.Unary.allCases.flatMap { function in
        let isPositive = function == .log || function == .squareRoot
        let hasDerivative = !OperationKind.withoutDerivative.contains(.unary(function))
        return [[7], [257], [3, 5]].map { shape in
            ConformanceCase(
                "\(function) \(shape)",
                [isPositive ? .real(shape, 0.25, 3) : .real(shape)],
                differentiated: hasDerivative && shape.count <= 15 ? [0] : []
            ) { x in try Tensor(.unary(function), x) }
        }
    }

    private static let binaries = Operation.Binary.allCases.flatMap { function in
        [[7], [257], [5, 3]].map { shape in
            ConformanceCase(
                "\(function) \(shape)",
                [function == .power ? .real(shape, 0.25, 2) : .real(shape), .real(shape)],
                differentiated: shape.count > 15 ? [] : [0, 1]
            ) { x in try Tensor(.binary(function), x) }
        }
    }

    private static let comparisons = Operation.Comparison.allCases.flatMap { relation in
        [
            ConformanceCase(
                "\(relation) of floats", [.whole([65], -2...2), .whole([65], -2...2)], .exact
            ) { x in try compare(x[0], relation, x[1]) },
            ConformanceCase(
                "\(relation) of int32s", [.integers([65], -2...2), .integers([65], -2...2)], .exact
            ) { x in try compare(x[0], relation, x[1]) },
            ConformanceCase(
                "\(relation) of int32s that floats cannot tell apart",
                [
                    .given(int32s: [16_777_216, 16_777_217, .max, .max - 1, .min, .min]),
                    .given(int32s: [16_777_217, 16_777_216, .max - 1, .max, .min + 1, .min]),
                ], .exact
            ) { x in try compare(x[0], relation, x[1]) },
        ]
    }

    private static let selections = [
        ConformanceCase(
            "select [63]", [.whole([63], -1...1), .real([63]), .real([63])], .exact
        ) { x in try select(x[0], x[1], x[2]) },
        ConformanceCase("select between constants", [.whole([63], -1...1)], .exact) {
            try select($0[0], .constant(2, [63]), .constant(-3, [63]))
        },
        ConformanceCase("functions of constants alone", [.whole([63], 1...2)], .exact) {
            let (one, two) = try (Tensor.constant(1, [63]), Tensor.constant(2, [63]))
            let less = try compare(one, .less, two)
            return try $0[0] * less + relu(one) + maximum(one, two) - minimum(one, two)
                + select(one, $0[0], two)
        },
        ConformanceCase(
            "select by a comparison", [.real([3, 5]), .real([3, 5]), .real([3, 5])],
            differentiated: [1, 2]
        ) { x in try select(compare(x[0], .greater, .constant(0)), x[1], x[2]) },
    ]

    /// One fused kernel over many shapes, and operands of every arrangement.
    private static let sweeps: [ConformanceCase] = {
        let shapes: [Shape] = [
            [], [1], [2], [7], [13], [63], [64], [65], [127], [255], [256], [257], [1009], [1021],
            [1, 1], [7, 1], [1, 7], [65, 3], [3, 65], [13, 257], [2, 3, 5], [7, 1, 9],
            [2, 3, 5, 7],
            [5, 1, 1, 3], [70_001], [4099, 3], [3, 4099],
        ]
        let same = shapes.map { shape in
            ConformanceCase(
                "a·b + tanh a \(shape)", [.real(shape), .real(shape)],
                differentiated: shape.count > 30 ? [] : [0, 1]
            ) { x in try x[0] * x[1] + tanh(x[0]) }
        }
        let stretched: [(Shape, Shape)] = [
            ([7, 5], [5]), ([7, 5], [7, 1]), ([7, 1], [1, 5]), ([3, 4, 5], [4, 1]), ([], [3, 3]),
            ([2, 3, 4, 5], [3, 1, 5]), ([65, 257], [257]), ([65, 257], [65, 1]),
            ([2, 1, 3, 1], [1, 5, 1, 7]),
        ]
        return same
            + stretched.map { a, b in
                ConformanceCase(
                    "a − b broadcast \(a) \(b)", [.real(a), .real(b)],
                    differentiated: a.count > 130 ? [] : [0, 1]
                ) { x in try x[0] - x[1] }
            } + arrangements
    }()

    private static let arrangements = [
        ConformanceCase(
            "a transposed + b", [.real([5, 13]), .real([13, 5])], differentiated: [0, 1]
        ) { x in try x[0].transpose() + x[1] },
        ConformanceCase("transposed · transposed", [.real([65, 33]), .real([65, 33])]) { x in
            try x[0].transpose() * x[1].transpose()
        },
        ConformanceCase("three orders of axes", [.real([3, 5, 7]), .real([7, 3, 5])]) { x in
            try x[0] * x[1].transpose([1, 2, 0]) + x[0].transpose([1, 0, 2]).transpose([1, 0, 2])
        },
        ConformanceCase("columns of a slice", [.real([9, 11]), .real([9, 3])]) { x in
            try x[0].slice(4..<7, axis: 1) * x[1]
        },
        ConformanceCase("slices of one tensor", [.real([66])]) { x in
            try x[0].slice(0..<33) * x[0].slice(33..<66) + x[0].slice(1..<34)
        },
        ConformanceCase("gelu [257]", [.real([257])], .special) { x in try gelu(x[0]) },
        ConformanceCase("gelu [5]", [.real([5])], .special, differentiated: [0]) { x in
            try gelu(x[0])
        },
        ConformanceCase("leakyReLU [5]", [.real([5])], differentiated: [0]) { x in
            try leakyReLU(x[0])
        },
    ]
}
