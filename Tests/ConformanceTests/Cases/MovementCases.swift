import NNGraph

extension ConformanceCase {
    /// Rearrangements as results, and as operands of every kind of kernel.
    static let movement: [ConformanceCase] = results + movedOperands

    /// Views that are delivered as they are: nothing may be rounded.
    private static let results: [ConformanceCase] = [
        moved("broadcast a scalar", []) { try $0.broadcast(to: [3, 5]) },
        moved("broadcast a column", [7, 1]) { try $0.broadcast(to: [2, 7, 3]) },
        moved("broadcast a row", [1, 13]) { try $0.broadcast(to: [65, 13]) },
        moved("reshape", [6, 35]) { try $0.reshape([7, 30]) },
        moved("reshape to a scalar", [1, 1, 1]) { try $0.reshape([]) },
        moved("transpose", [13, 65]) { try $0.transpose() },
        moved("transpose of rank 3", [3, 5, 7]) { try $0.transpose([2, 0, 1]) },
        moved("transpose of rank 4", [2, 3, 5, 7]) { try $0.transpose([3, 1, 0, 2]) },
        moved("reshape of a transpose", [7, 9]) { try $0.transpose().reshape([21, 3]) },
        moved("reshape of a broadcast", [5, 1]) { try $0.broadcast(to: [5, 4]).reshape([20]) },
        moved("transpose of a reshape of a transpose", [4, 6]) {
            try $0.transpose().reshape([8, 3]).transpose()
        },
        moved("slice of rows", [13, 5]) { try $0.slice(3..<11) },
        moved("slice of columns", [13, 5]) { try $0.slice(1..<4, axis: 1) },
        moved("slice of a slice", [17, 9]) {
            try $0.slice(2..<15).slice(1..<8, axis: 1).slice(3..<9).slice(2..<3, axis: 1)
        },
        moved("slice of a transpose of a slice", [9, 7, 5]) {
            try $0.slice(1..<8).transpose([2, 0, 1]).slice(2..<5).slice(1..<6, axis: 2)
        },
        moved("slice in every axis at once", [6, 5, 4]) {
            try Tensor(.slice(lower: [1, 2, 0], upper: [5, 4, 3]), [$0])
        },
        moved("reshape of a slice", [8, 6]) { try $0.slice(1..<5, axis: 1).reshape([4, 8]) },
        ConformanceCase(
            "int32 transpose and slice", [.integers([9, 7], -1_000_000...1_000_000)], .exact
        ) {
            try $0[0].transpose().slice(2..<6)
        },
        ConformanceCase("int32 broadcast", [.integers([1, 7], -9...9)], .exact) {
            try $0[0].broadcast(to: [5, 7])
        },
    ]

    private static func moved(
        _ name: String, _ shape: Shape, _ move: @escaping @Sendable (Tensor) throws -> Tensor
    ) -> ConformanceCase {
        ConformanceCase(name, [.real(shape)], .exact, differentiated: [0]) { try move($0[0]) }
    }

    /// Operands that lie strided, shifted or repeated in memory, for every kernel that takes one.
    private static let movedOperands: [ConformanceCase] = {
        let moves: [(String, Shape, @Sendable (Tensor) throws -> Tensor)] = [
            ("transposed", [7, 5], { try $0.transpose() }),
            ("sliced in columns", [5, 11], { try $0.slice(3..<10, axis: 1) }),
            ("sliced in rows", [9, 7], { try $0.slice(2..<7) }),
            ("repeated rows", [1, 7], { try $0.broadcast(to: [5, 7]) }),
            ("repeated columns", [5, 1], { try $0.broadcast(to: [5, 7]) }),
            ("computed and transposed", [7, 5], { try exp($0).transpose() }),
            ("computed and sliced", [9, 7], { try exp($0).slice(3..<8) }),
        ]
        let labels = Leaf.integers([5], 0...6)
        return moves.flatMap { how, shape, move in
            // Every result of a move is [5, 7].
            [
                on(how, "sum of rows", shape, move) { try $0.sum([1]) },
                on(how, "sum of columns", shape, move) { try $0.sum([0]) },
                on(how, "sum of all", shape, move) { try $0.sum() },
                on(how, "max of rows", shape, comparison: .exact, move) { try $0.max([1]) },
                on(how, "max of columns", shape, comparison: .exact, move) { try $0.max([0]) },
                on(how, "softmax", shape, move) { try softmax($0) },
                on(how, "logSoftmax", shape, move) { try logSoftmax($0) },
                on(how, "logSumExp", shape, move) { try logSumExp($0) },
                on(how, "gather", shape, move) {
                    try $0.gather(Tensor.constantIndices([4, 0, 4]))
                },
                on(how, "scatterAdd", shape, move) {
                    try scatterAdd($0, at: Tensor.constantIndices([2, 0, 2, 9, 1]), count: 4)
                },
                on(how, "a·aᵀ", shape, move) { try matmul($0, $0, transposeB: true) },
                on(how, "aᵀ·a", shape, move) { try matmul($0, $0, transposeA: true) },
                on(how, "concatenate", shape, move) { try concatenate([$0, $0], axis: 1) },
                ConformanceCase("softmaxCrossEntropy, \(how)", [.real(shape), labels]) {
                    try softmaxCrossEntropy(move($0[0]), $0[1])
                },
                ConformanceCase(
                    "argmax, \(how)", [.whole(shape, -3...3)],
                    how.contains("computed") ? .special : .exact
                ) { try move($0[0]).argmax() },
            ]
        }
    }()

    private static func on(
        _ how: String, _ kernel: String, _ shape: Shape, comparison: Comparison = .bounded,
        _ move: @escaping @Sendable (Tensor) throws -> Tensor,
        _ build: @escaping @Sendable (Tensor) throws -> Tensor
    ) -> ConformanceCase {
        let isRounded = comparison == .exact && how.contains("computed")
        return ConformanceCase(
            "\(kernel), \(how)", [.real(shape)], isRounded ? .bounded : comparison
        ) { try build(move($0[0])) }
    }

    /// The operands one after the other, lying in memory or computed right into their places.
    static let concatenations: [ConformanceCase] = [
        ConformanceCase(
            "concatenate rows", [.real([3, 5]), .real([4, 5])], .exact, differentiated: [0, 1]
        ) {
            try concatenate($0, axis: 0)
        },
        ConformanceCase(
            "concatenate columns", [.real([3, 5]), .real([3, 2])], .exact, differentiated: [0, 1]
        ) {
            try concatenate($0, axis: 1)
        },
        ConformanceCase(
            "concatenate the middle axis",
            [.real([2, 3, 5]), .real([2, 1, 5]), .real([2, 7, 5])],
            .exact, differentiated: [0, 1, 2]
        ) { try concatenate($0, axis: 1) },
        ConformanceCase(
            "concatenate below axes of extent 1", [.real([1, 3, 2]), .real([1, 4, 2])]
        ) {
            try concatenate([exp($0[0]), tanh($0[1])], axis: 1)
        },
        ConformanceCase(
            "concatenate int32s", [.integers([7], -5...5), .integers([3], -5...5)], .exact
        ) {
            try concatenate($0, axis: 0)
        },
        ConformanceCase("concatenate one", [.real([5])], .exact) { try concatenate($0, axis: 0) },
        ConformanceCase("concatenate one thing twice", [.real([5])]) { x in
            let y = try exp(x[0])
            return try concatenate([y, x[0], y], axis: 0)
        },
        ConformanceCase("concatenate what is also used elsewhere", [.real([6]), .real([6])]) { x in
            let (a, b) = try (x[0] * x[1], x[0] + x[1])
            return try concatenate([a, b, a - b], axis: 0) * concatenate([b, a, a], axis: 0)
        },
        ConformanceCase("concatenate results of every kernel", [.real([6, 6]), .real([6, 6])]) {
            x in
            try concatenate(
                [
                    matmul(x[0], x[1]), softmax(x[0]), logSoftmax(x[1]),
                    x[0].sum([1]).reshape([1, 6]), x[1].sum([0]).reshape([1, 6]),
                    x[0].max([1]).reshape([1, 6]), logSumExp(x[0]).reshape([1, 6]),
                    x[1].gather(Tensor.constantIndices([5, 5, 1])),
                    scatterAdd(x[0], at: Tensor.constantIndices([0, 1, 1, 0, 0, 7]), count: 2),
                ], axis: 0)
        },
        ConformanceCase(
            "concatenate computed vectors through reshapes", [.real([3, 4]), .real([2, 5])]
        ) {
            try concatenate([exp($0[0]).reshape([12]), tanh($0[1]).reshape([10])], axis: 0)
        },
        ConformanceCase(
            "concatenation inside a concatenation, second", [.real([4]), .real([3]), .real([5])]
        ) {
            try concatenate(
                [exp($0[0]), concatenate([tanh($0[1]), sqrt(abs($0[2]))], axis: 0)], axis: 0)
        },
        ConformanceCase(
            "concatenation inside a concatenation, first", [.real([4]), .real([3]), .real([5])]
        ) {
            try concatenate(
                [concatenate([tanh($0[1]), sqrt(abs($0[2]))], axis: 0), exp($0[0])], axis: 0)
        },
        ConformanceCase("three concatenations deep", [.real([3]), .real([3])]) { x in
            let inner = try concatenate([exp(x[0]), tanh(x[1])], axis: 0)
            let middle = try concatenate([x[0] * x[1], inner], axis: 0)
            return try concatenate([x[0] - x[1], middle, exp(x[1])], axis: 0)
        },
        ConformanceCase("slice of a concatenation of slices", [.real([9]), .real([9])], .exact) {
            try concatenate([$0[0].slice(2..<7), $0[1].slice(1..<9)], axis: 0).slice(3..<10)
        },
    ]
}

extension Tensor {
    /// Known int32 indices.
    static func constantIndices(_ indices: [Int]) throws -> Tensor {
        try Tensor(.constant(indices.map { Double($0) }, TensorType([indices.count], .int32)))
    }
}
