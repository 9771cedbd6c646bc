import NNGraph

extension ConformanceCase {
    /// Attention of all lengths around those of vectors and blocks, with one head to eight of several widths.
    static let attentions: [ConformanceCase] =
        sizes.flatMap { size in
            let q = Shape([size.batch, size.heads, size.length, size.width])
            let k = Shape([size.batch, size.heads / size.shared, size.length, size.width])
            let name = "\(q), \(k[1]) of keys"
            let leaves = [Leaf.real(q), .real(k), .real(k)]
            let differentiated = q.count <= 16 ? [0, 1, 2] : []
            return [
                ConformanceCase(
                    "causal attention \(name)", leaves, differentiated: differentiated
                ) { try attention($0[0], $0[1], $0[2], isCausal: true) },
                ConformanceCase("gradient of causal attention \(name)", leaves, .special) { x in
                    let y = try attention(x[0], x[1], x[2], isCausal: true)
                    return try concatenate(
                        gradients(of: (y * y).sum(), withRespectTo: x).map { try $0.flatten() })
                },
            ]
        } + [
            ConformanceCase(
                "attention", [.real([2, 3, 5, 8]), .real([2, 3, 7, 8]), .real([2, 3, 7, 6])]
            ) { try attention($0[0], $0[1], $0[2]) },
            ConformanceCase(
                "attention to some keys", maskedLeaves(keyMask), differentiated: [0, 1, 2]
            ) { try attention($0[0], $0[1], $0[2], keyMask: $0[3]) },
            // Some queries see nothing: their zeros are exact.
            ConformanceCase(
                "causal attention to some keys", maskedLeaves(keyMask), .special,
                differentiated: [0, 1, 2]
            ) { try attention($0[0], $0[1], $0[2], isCausal: true, keyMask: $0[3]) },
            ConformanceCase(
                "causal attention to no key", maskedLeaves([0, 0, 0, 0, 0, 0]), .exact
            ) { x in
                let y = try attention(x[0], x[1], x[2], isCausal: true, keyMask: x[3])
                return try concatenate(
                    ([y] + gradients(of: y.sum(), withRespectTo: Array(x.dropLast()))).map {
                        try $0.flatten()
                    })
            },
        ]

    private static let keyMask: [Int32] = [1, 1, 0, 0, 1, 0]

    private static func maskedLeaves(_ mask: [Int32]) -> [Leaf] {
        Array(repeating: .real([2, 2, 3, 2]), count: 3) + [.given(int32s: mask, [2, 3])]
    }

    private static let sizes: [(batch: Int, heads: Int, shared: Int, length: Int, width: Int)] = [
        (1, 1, 1, 1, 8), (2, 2, 2, 1, 4), (2, 1, 1, 2, 3), (1, 4, 2, 2, 2), (2, 3, 1, 63, 8),
        (1, 4, 4, 64, 16), (2, 5, 5, 65, 7), (1, 8, 2, 65, 8), (1, 2, 1, 257, 32),
        (1, 7, 1, 33, 64), (1, 6, 3, 17, 128),
    ]
}
