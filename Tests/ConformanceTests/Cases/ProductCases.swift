import NNGraph

extension ConformanceCase {
    /// Matrix products in all four readings, batched, broadcast and of operands that are views.
    static let products: [ConformanceCase] = readings + batches + views

    private static func product(
        _ name: String, _ a: Shape, _ b: Shape, _ transposeA: Bool, _ transposeB: Bool
    ) -> [ConformanceCase] {
        func read(_ shape: Shape, _ isTransposed: Bool) -> Shape {
            guard isTransposed else { return shape }
            let d = shape.dimensions
            return Shape(Array(d.dropLast(2)) + [d[d.count - 1], d[d.count - 2]])
        }
        let (a, b) = (read(a, transposeA), read(b, transposeB))
        let how = "\(name) \(a) \(b)\(transposeA ? " ᵀ·" : " ·")\(transposeB ? "ᵀ" : "")"
        let build: @Sendable ([Tensor]) throws -> Tensor = {
            try matmul($0[0], $0[1], transposeA: transposeA, transposeB: transposeB)
        }
        return [
            ConformanceCase(
                "matmul \(how)", [.real(a), .real(b)],
                differentiated: a.count + b.count > 60 ? [] : [0, 1], build: build),
            ConformanceCase(
                "matmul of whole numbers \(how)", [.whole(a, -9...9), .whole(b, -9...9)], .exact,
                build: build),
        ]
    }

    private static let flags = [(false, false), (false, true), (true, false), (true, true)]

    private static let readings: [ConformanceCase] = {
        let sizes = [
            (1, 1, 1), (1, 7, 1), (7, 1, 5), (2, 3, 4), (13, 63, 5), (64, 64, 64), (65, 33, 63),
            (1, 257, 13), (13, 257, 1), (127, 129, 131), (257, 13, 65),
        ]
        return sizes.flatMap { m, k, n in
            flags.flatMap { product("", [m, k], [k, n], $0, $1) }
        }
    }()

    private static let batches: [ConformanceCase] = {
        let shapes: [(Shape, Shape)] = [
            ([3, 2, 5], [3, 5, 4]), ([2, 3, 4, 5], [2, 3, 5, 2]), ([3, 2, 5], [5, 4]),
            ([2, 5], [3, 5, 4]), ([2, 1, 3, 4], [1, 3, 4, 2]), ([2, 3, 3, 4], [3, 4, 2]),
            ([2, 3, 3, 4], [2, 1, 4, 2]), ([1, 3, 4], [1, 4, 2]), ([7, 17, 33], [7, 33, 9]),
        ]
        return shapes.flatMap { a, b in flags.flatMap { product("batched", a, b, $0, $1) } }
    }()

    private static let views: [ConformanceCase] = [
        viewed("a sliced in columns", [5, 11], [7, 3]) { a, b in (try a.slice(2..<9, axis: 1), b) },
        viewed("a sliced in rows", [11, 7], [7, 3]) { a, b in (try a.slice(2..<9), b) },
        viewed("b sliced in columns", [5, 7], [7, 9]) { a, b in (a, try b.slice(4..<8, axis: 1)) },
        viewed("both transposed", [7, 5], [3, 7]) { a, b in (try a.transpose(), try b.transpose())
        },
        viewed("a slice transposed", [7, 9], [7, 3]) { a, b in
            (try a.slice(1..<6, axis: 1).transpose(), b)
        },
        viewed("a column of a matrix", [5, 4], [1, 6]) { a, b in (try a.slice(2..<3, axis: 1), b) },
        viewed("a row of a matrix", [5, 4], [4, 6]) { a, b in (try a.slice(3..<4), b) },
        viewed("a repeated row", [1, 4], [4, 6]) { a, b in (try a.broadcast(to: [5, 4]), b) },
        viewed("a repeated column", [5, 1], [4, 6]) { a, b in (try a.broadcast(to: [5, 4]), b) },
        viewed("batch from the middle axis", [4, 3, 5], [3, 5, 2]) { a, b in
            (try a.transpose([1, 0, 2]), b)
        },
        viewed("batch from the last axis", [4, 5, 3], [3, 5, 2]) { a, b in
            (try a.transpose([2, 0, 1]), b)
        },
        viewed("a slice of a batch", [6, 4, 5], [3, 5, 2]) { a, b in (try a.slice(2..<5), b) },
        viewed("heads split from columns", [4, 6], [3, 2, 4]) { a, b in
            (try a.reshape([4, 3, 2]).transpose([1, 0, 2]), b)
        },
        ConformanceCase("vector · matrix", [.real([5]), .real([5, 3])], differentiated: [0, 1]) {
            try matmul($0[0], $0[1])
        },
        ConformanceCase("matrix · vector", [.real([3, 5]), .real([5])], differentiated: [0, 1]) {
            try matmul($0[0], $0[1])
        },
        ConformanceCase("vector · vector", [.real([65]), .real([65])]) { try matmul($0[0], $0[1]) },
        ConformanceCase("product of products", [.real([9, 8]), .real([8, 7]), .real([7, 6])]) {
            try matmul(matmul($0[0], $0[1]), $0[2])
        },
        ConformanceCase("product of computed operands", [.real([9, 8]), .real([9, 7])]) {
            try matmul(exp($0[0]), tanh($0[1]), transposeA: true)
        },
        ConformanceCase(
            "product with NaN and infinity",
            [.given([1, .nan, 2, .infinity, 0, 1], [3, 2]), .real([2, 3])], .special
        ) {
            try matmul($0[0], $0[1])
        },
    ]

    private static func viewed(
        _ name: String, _ a: Shape, _ b: Shape,
        _ view: @escaping @Sendable (Tensor, Tensor) throws -> (Tensor, Tensor)
    ) -> ConformanceCase {
        ConformanceCase("matmul, \(name)", [.real(a), .real(b)]) {
            let (a, b) = try view($0[0], $0[1])
            return try matmul(a, b)
        }
    }
}
