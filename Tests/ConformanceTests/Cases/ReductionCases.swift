import NNGraph

extension ConformanceCase {
    /// Sums, maxima and their places over every set of axes and many lengths.
    static let reductions: [ConformanceCase] =
        axisSubsets + sums + wholeSums + maxima + places + reducedColumns + computedColumns

    private static let axisSubsets: [ConformanceCase] = {
        let shape: Shape = [3, 5, 2, 7]
        let subsets = (1..<16).map { mask in (0..<4).filter { mask >> $0 & 1 == 1 } }
        return subsets.flatMap { axes in
            [
                ConformanceCase("sum over \(axes)", [.real(shape)]) { try $0[0].sum(axes) },
                ConformanceCase("max over \(axes)", [.real(shape)], .exact) {
                    try $0[0].max(axes)
                },
            ]
        } + [
            ConformanceCase("sum over axes out of order", [.real(shape)]) {
                try $0[0].sum([2, 0])
            },
            ConformanceCase("sum over neighbors out of order", [.real(shape)]) {
                try $0[0].sum([2, 1])
            },
            ConformanceCase("sum keeping axes", [.real([3, 5])], differentiated: [0]) {
                try $0[0].sum([0], keepingAxes: true) * $0[0]
            },
            ConformanceCase("mean", [.real([3, 5])], differentiated: [0]) {
                try $0[0].mean([1])
            },
        ]
    }()

    private static let lengths: [Shape] = [
        [1], [2], [7], [13], [63], [64], [65], [255], [256], [257], [1009], [3, 1], [1, 3], [3, 7],
        [65, 33], [33, 65], [2, 1009], [1009, 2], [7, 128], [7, 64], [5, 63],
    ]

    private static let everyAxis = lengths.flatMap { shape in
        (0..<shape.rank).map { (shape, $0) }
    }

    private static let sums = lengths.flatMap { shape in
        (0..<shape.rank).map { axis in
            ConformanceCase(
                "sum of \(shape) along \(axis)", [.real(shape, 0.5, 2)],
                differentiated: shape.count > 30 ? [] : [0]
            ) { try $0[0].sum([axis]) }
        }
    }

    /// Sums that are exact in every order, so that a single lost or doubled element shows.
    ///
    /// The last ones are long enough for two passes.
    private static let wholeSums: [ConformanceCase] = {
        let long: [(Shape, Int)] = [
            ([100_003], 0), ([2, 70_001], 1), ([6007, 3], 0), ([30_011, 3], 0), ([70_001, 1], 0),
            ([40_009, 2], 0), ([2, 30_011, 3], 1), ([3001, 70], 0), ([1031, 129], 0),
            ([1997, 64], 0),
        ]
        return (everyAxis + long).map { shape, axis in
            ConformanceCase(
                "sum of whole numbers \(shape) along \(axis)", [.whole(shape, -9...9)], .exact
            ) {
                try $0[0].sum([axis])
            }
        } + [
            ConformanceCase("sum of 100003 real numbers", [.real([100_003])], .special) {
                try $0[0].sum()
            }
        ]
    }()

    private static let maxima: [ConformanceCase] = {
        let long: [(Shape, Int)] = [
            ([100_003], 0), ([6007, 3], 0), ([2, 30_011, 3], 1), ([3001, 70], 0), ([2, 70_001], 1),
        ]
        return (everyAxis + long).map { shape, axis in
            ConformanceCase(
                "max of \(shape) along \(axis)", [.real(shape, -3, -1)], .exact,
                differentiated: shape.count > 30 ? [] : [0]
            ) { try $0[0].max([axis]) }
        }
    }()

    private static let places: [ConformanceCase] =
        (lengths + [[100_003], [3, 20_011]]).flatMap { shape in
            (0..<shape.rank).map { axis in
                ConformanceCase(
                    "argmax of \(shape) along \(axis), with ties", [.whole(shape, -5...5)], .exact
                ) { try $0[0].argmax(axis: axis) }
            }
        } + [
            ConformanceCase("argmax of all different numbers", [.real([5, 257])], .exact) {
                try $0[0].argmax()
            },
            ConformanceCase("argmax of equal numbers", [.whole([3, 300], 4...4)], .exact) {
                try $0[0].argmax()
            },
            ConformanceCase(
                "argmax of NaN", [.given([1, .nan, 9, .nan, .nan, 2], [2, 3])], .exact
            ) {
                try $0[0].argmax()
            },
            ConformanceCase(
                "argmax of infinities",
                [.given([-.infinity, -.infinity, -.infinity, 1, .infinity, .infinity], [2, 3])],
                .exact
            ) { try $0[0].argmax() },
            ConformanceCase("max of NaN", [.given([1, .nan, 9, -1, 0, -2], [2, 3])], .special) {
                try $0[0].max([1])
            },
            ConformanceCase(
                "max of −inf", [.given([Float](repeating: -.infinity, count: 70), [2, 35])], .exact
            ) { try $0[0].max([1]) },
            ConformanceCase(
                "sum of inf and −inf", [.given([1, .infinity, -.infinity, .infinity], [2, 2])],
                .special
            ) {
                try $0[0].sum([1])
            },
        ]

    /// Reductions of columns with what is made of them in the same kernel, in one pass and in two,
    /// of matrices whose columns do and do not lie side by side.
    private static let reducedColumns: [ConformanceCase] =
        ([[3, 7], [65, 33], [5, 64], [7, 300], [3001, 70]] as [Shape]).flatMap { shape in
            let width = shape[1]
            return [
                ConformanceCase(
                    "a function of column sums of \(shape)",
                    [.whole(shape, -9...9), .whole([width], -3...3)], .exact
                ) { x in
                    let sums = try x[0].sum([0])
                    return try sums * x[1] - 1
                },
                ConformanceCase(
                    "column sums of \(shape) beside a function of them",
                    [.whole(shape, -9...9), .whole([2, width], -3...3)], .exact
                ) { x in
                    let sums = try x[0].sum([0], keepingAxes: true)
                    return try concatenate([sums * 2, sums, sums + x[1].slice(0..<1)], axis: 0)
                },
                ConformanceCase(
                    "a function of column maxima of \(shape)", [.real(shape), .real([width])],
                    .exact
                ) { x in try maximum(x[0].max([0]), x[1]) },
                ConformanceCase(
                    "a function of column sums of a transpose of \(shape)",
                    [.whole([shape[1], shape[0]], -9...9), .whole([width], -3...3)], .exact
                ) { x in try x[0].transpose([1, 0]).sum([0]) * x[1] },
            ]
        } + [
            ConformanceCase(
                "a function of column sums of matrices",
                [.whole([3, 4, 17, 21], -9...9), .whole([4, 21], -3...3)], .exact
            ) { x in try x[0].sum([2]) * x[1].broadcast(to: [3, 4, 21]) },
            ConformanceCase(
                "a function of sums over two axes",
                [.whole([3, 4, 17, 21], -9...9), .whole([3, 21], -3...3)], .exact
            ) { x in try x[0].sum([1, 2]) * x[1] },
        ]

    /// Reductions to the last axis that compute what they reduce: lengths about those of vectors, panels, blocks and
    /// chunks, and operands with strides of their own.
    private static let computedColumns: [ConformanceCase] = {
        let shapes: [Shape] = [
            [1, 2], [2, 7], [63, 8], [64, 9], [65, 16], [130, 33], [257, 70], [6007, 3],
            [40_009, 2],
            [5, 13, 17], [3, 4, 5, 6], [33, 31, 16],
        ]
        return shapes.flatMap { shape -> [ConformanceCase] in
            let axes = Array(0..<shape.rank - 1), columns = shape[shape.rank - 1]
            let whole = ConformanceCase(
                "sum of whole products \(shape)",
                [.whole(shape, -3...3), .whole([columns], -3...3)], .exact
            ) { try ($0[0] * $0[0] - $0[1]).sum(axes) }
            // Bounds of longer sums would allow too much.
            guard shape.count < 20_000 else { return [whole] }
            return [
                whole,
                ConformanceCase(
                    "sum of products \(shape)",
                    [.real(shape, 0.5, 2), .real(shape, 2, 3), .real([columns])],
                    differentiated: shape.count > 100 ? [] : [0, 1, 2]
                ) { try ($0[0] * ($0[1] - $0[2])).sum(axes) },
                ConformanceCase("max of sums \(shape)", [.real(shape), .real([columns])]) {
                    try ($0[0] + $0[1]).max(axes)
                },
                ConformanceCase(
                    "sum of products with a transpose \(shape)",
                    [.real(shape, 0.5, 2), .real(Shape(shape.dimensions.reversed()), 0.5, 2)]
                ) { try ($0[0] * $0[1].transpose(Array((0..<shape.rank).reversed()))).sum(axes) },
            ]
        }
    }()
}
