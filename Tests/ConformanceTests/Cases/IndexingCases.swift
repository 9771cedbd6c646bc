import NNGraph

extension ConformanceCase {
    /// Rows by index and their transpose, with indices that repeat or point nowhere.
    static let indexing: [ConformanceCase] = gathers + scatters

    private static let gathers: [ConformanceCase] = {
        let shapes: [(table: Shape, indices: Shape)] = [
            ([5, 3], [7]), ([1, 1], [1]), ([13], [65]), ([65, 17], [3, 5]), ([7, 2, 3], [4]),
            ([300, 257], [13]), ([5, 64], []), ([9, 63], [257]), ([3, 65], [2, 3, 2]),
        ]
        return shapes.flatMap { table, indices in
            [
                ConformanceCase(
                    "gather \(table) at \(indices)",
                    [.real(table), .integers(indices, 0...table[0] - 1)],
                    .exact, differentiated: table.count > 45 ? [] : [0]
                ) { try $0[0].gather($0[1]) },
                ConformanceCase(
                    "gather of bytes \(table) at \(indices)",
                    [.unorm8(table), .integers(indices, -1...table[0])], .exact
                ) { try $0[0].gather($0[1]) },
            ]
        } + [
            ConformanceCase(
                "gather of every byte", [.unorm8([1, 256]), .given(int32s: [0])], .exact
            ) { try $0[0].gather($0[1]) },
            ConformanceCase(
                "gather outside of the table",
                [.real([5, 3]), .given(int32s: [4, 5, -1, 0, .max, .min, 2])], .special
            ) { try $0[0].gather($0[1]) },
            ConformanceCase(
                "gather at a view of the indices", [.real([9, 5]), .integers([3, 4], 0...8)], .exact
            ) {
                try $0[0].gather($0[1].transpose())
            },
            ConformanceCase("gather at computed indices", [.real([7, 5]), .real([4, 7])], .exact) {
                try $0[0].gather($0[1].argmax())
            },
        ]
    }()

    private static let scatters: [ConformanceCase] = {
        let shapes: [(count: Int, indices: Shape, rest: Shape)] = [
            (5, [7], [3]), (1, [1], []), (13, [257], [1]), (4, [3, 5], [2]), (300, [13], [65]),
            (1009, [63], [2]), (2, [64], [255]), (3, [], [7]), (65, [100], [17]),
            (7, [31], [2, 3]),
        ]
        return shapes.flatMap { count, indices, rest in
            let rows = Shape(indices.dimensions + rest.dimensions)
            let build: @Sendable ([Tensor]) throws -> Tensor = {
                try scatterAdd($0[1], at: $0[0], count: count)
            }
            return [
                ConformanceCase(
                    "scatterAdd \(indices) × \(rest) into \(count)",
                    [.integers(indices, 0...count - 1), .real(rows, 0.5, 2)],
                    differentiated: rows.count > 45 ? [] : [1], build: build),
                ConformanceCase(
                    "scatterAdd of whole numbers \(indices) × \(rest) into \(count), some outside",
                    [.integers(indices, -1...count), .whole(rows, -9...9)], .exact, build: build),
            ]
        } + [
            ConformanceCase(
                "scatterAdd that drops rows", [.given(int32s: [2, -1, 0, 3, 2]), .real([5, 2])],
                differentiated: [1]
            ) { try scatterAdd($0[1], at: $0[0], count: 3) },
            ConformanceCase(
                "scatterAdd at the ends of int32",
                [.given(int32s: [.max, .min, -1, 3, 0]), .whole([5, 2], 1...9)], .exact
            ) { try scatterAdd($0[1], at: $0[0], count: 3) },
        ]
    }()
}
