import NNGraph

extension ConformanceCase {
    /// Sums, maxima and their places over every set of axes and many lengths.
    static let reductions: [ConformanceCase] =
        axisSubsets + sums + wholeSums + maxima + places

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
            ([100_003], 0), ([2, 50_021], 1), ([6007, 3], 0), ([5000, 3], 0), ([40_009, 1], 0),
            ([20_011, 2], 0), ([2, 10_007, 3], 1), ([3001, 70], 0), ([1031, 129], 0),
            ([997, 64], 0),
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
            ([100_003], 0), ([6007, 3], 0), ([2, 10_007, 3], 1), ([3001, 70], 0), ([2, 50_021], 1),
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
}
