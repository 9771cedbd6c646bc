import NNGraph

extension ConformanceCase {
    /// Functions that are made of other operations.
    static let compositions: [ConformanceCase] =
        powers + clips + statistics + normalizations + rearrangements

    private static let powers =
        ([0, 1, 2, 3, 4, -1, -2] as [Double]).map { exponent in
            ConformanceCase("power \(exponent)", [.real([3, 5])], .special, differentiated: [0]) {
                try power($0[0], exponent)
            }
        }
        + ([0.5, 2.5, -0.5] as [Double]).map { exponent in
            ConformanceCase("power \(exponent)", [.real([3, 5], 0.25, 2)], differentiated: [0]) {
                try power($0[0], exponent)
            }
        } + [
            ConformanceCase("rsqrt", [.real([3, 5], 0.25, 2)], differentiated: [0]) {
                try rsqrt($0[0])
            },
            ConformanceCase("waves", [.real([3, 5])], .special, differentiated: [0]) {
                try sin($0[0] * 3) * cos($0[0]) + square($0[0])
            },
        ]

    private static let clips = [
        ConformanceCase("clip", [.real([65])], .exact) { try clip($0[0], min: -0.5, max: 1) },
        ConformanceCase("clip from below", [.real([9])], .exact, differentiated: [0]) {
            try clip($0[0], min: -0.5)
        },
        ConformanceCase("clip from above", [.real([9])], .exact, differentiated: [0]) {
            try clip($0[0], max: 0.5)
        },
        ConformanceCase(
            "clip of special numbers", [.given([.nan, .infinity, -.infinity, 0, -0.0, 1, 2, -2])],
            .exact
        ) { try clip($0[0], min: -1, max: 1) },
        ConformanceCase(
            "relations by operators", [.whole([65], -2...2), .whole([65], -2...2)], .exact
        ) { x in
            try (x[0] > x[1]) + (x[0] >= x[1]) * 2 + (x[0] < 1) * 4 + (x[0] <= 1) * 8
                + (0 > x[1]) * 16 + (0 >= x[1]) * 32 + (0 < x[0]) * 64 + (0 <= x[0]) * 128
        },
        ConformanceCase("relations of int32s by operators", [.integers([65], -2...2)], .exact) {
            try ($0[0] > 0) + (1 >= $0[0]) * 2
        },
    ]

    private static let statistics = ([[0], [1], [0, 2], [-1], [0, 1, 2]] as [[Int]]).flatMap {
        axes in
        [
            ConformanceCase("min over \(axes)", [.real([3, 5, 7])], .exact, differentiated: [0]) {
                try $0[0].min(axes)
            },
            ConformanceCase("variance over \(axes)", [.real([3, 5, 7])], differentiated: [0]) {
                try $0[0].variance(axes)
            },
            ConformanceCase(
                "standard deviation over \(axes)", [.real([3, 5, 7])], differentiated: [0]
            ) {
                try $0[0].standardDeviation(axes, correction: 0, keepingAxes: true)
            },
        ]
    }

    private static let normalizations = [
        ConformanceCase("layerNorm", [.real([5, 7])], differentiated: [0]) { try layerNorm($0[0]) },
        ConformanceCase(
            "layerNorm with gain and bias", [.real([2, 3, 7]), .real([7]), .real([7])],
            differentiated: [0, 1, 2]
        ) { try layerNorm($0[0], gain: $0[1], bias: $0[2]) },
        ConformanceCase("oneHot", [.integers([3, 5], -1...7)], .exact) {
            try oneHot($0[0], count: 7)
        },
    ]

    private static let rearrangements =
        [0, 1, 2, -1, -3].map { axis in
            ConformanceCase(
                "stack along \(axis)", [.real([3, 5]), .real([3, 5])], .exact,
                differentiated: [0, 1]
            ) { try stack($0, axis: axis) }
        } + [
            ConformanceCase("new and lost axes", [.real([3, 1, 5])], .exact, differentiated: [0]) {
                try $0[0].squeeze(-2).unsqueeze(-1).flatten(from: 1).reshape([-1, 3])
            },
            ConformanceCase("axes from the end", [.real([3, 5, 7])], .exact, differentiated: [0]) {
                try concatenate(
                    [$0[0].slice(1..<4, axis: -2), $0[0].transpose([-3, -2, -1])], axis: -2)
            },
        ]
}
