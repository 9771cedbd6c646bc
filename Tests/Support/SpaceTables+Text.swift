import NNGraph
import NNModel

// Layers for sequences, beside `torch.nn.MultiheadAttention`, `scaled_dot_product_attention` with `enable_gqa` around
// the rotation of Llama, and gelu and silu of `torch.nn.functional`, all computed in double precision.
extension SpaceTable {
    /// Numbers that repeat in no simple way, for parameters: `((i · step) mod period − ⌊period/2⌋) / divisor`.
    package static func pattern(
        _ count: Int, step: Int = 7, period: Int = 13, divisor: Double = 10
    ) -> [Double] {
        (0..<count).map { Double($0 * step % period - period / 2) / divisor }
    }

    private static func attention(
        _ name: String, heads: Int, causal: Bool, _ shape: Shape, _ expected: [String: [Double]]
    ) -> SpaceTable {
        SpaceTable(
            name: name, layer: MultiHeadAttention(4, heads: heads, causal: causal),
            x: (shape, pattern(shape.count, step: 11, period: 17, divisor: 4)),
            parameters: [
                "in_proj_weight": pattern(48), "in_proj_bias": pattern(12, step: 5, period: 11),
                "out_proj.weight": pattern(16, step: 3, period: 11),
                "out_proj.bias": pattern(4, step: 2, period: 7),
            ], upstream: pattern(shape.count, step: 3, period: 7, divisor: 3), expected: expected)
    }

    static let sequences: [SpaceTable] = [
        attention(
            "causal attention", heads: 2, causal: true, [1, 3, 4],
            [
                "y": [
                    -2.1875, -2.2025, 0.01, -0.005, -1.879061, -1.781897, -0.125683, -0.028518,
                    -0.622817, -0.492645, 0.289672, 0.419844,
                ],
                "dx": [
                    -0.369869, 0.327658, -0.258095, 0.279891, 0.299764, -0.325594, 0.130936,
                    -0.267056, -0.291166, 0.418242, -0.248488, 0.436429,
                ],
                "din_proj_bias": [
                    0.335131, 0.384564, -0.018166, -0.545289, 0, 0, 0, 0, -0.133333, -0.033333,
                    0.066667, -0.2,
                ],
                "dout_proj.weight": [
                    -0.764864, 0.315351, 0.833822, 1.080122, -1.175244, 0.265306, 0.545213,
                    0.352021, 2.889271, -1.14421, -1.705267, -2.29982, -2.77111, 1.022411,
                    1.331123, 1.697079,
                ],
                "dout_proj.bias": [-0.333333, 0.333333, 1, -0.666667],
            ]),
        attention(
            "attention", heads: 2, causal: false, [1, 3, 4],
            [
                "y": [
                    0.418904, 0.552372, 0.309134, 0.442602, -1.760061, -1.621339, -0.053248,
                    0.085475, -0.622817, -0.492645, 0.289672, 0.419844,
                ],
                "dx": [
                    0.015875, -0.220002, 0.046462, -0.032621, -0.234186, 0.089904, -0.063649,
                    -0.102602, -0.093573, 0.404817, -0.297755, 0.450218,
                ],
            ]),
        attention(
            "attention of one head", heads: 1, causal: true, [2, 2, 4],
            [
                "y": [
                    -2.1875, -2.2025, 0.01, -0.005, -2.149521, -2.161926, 0.013217, 0.000811,
                    -1.245, -0.97, 0.4325, 0.7075, -0.85359, -0.801117, 0.313289, 0.365761,
                ],
                "dx": [
                    -0.303673, 0.452496, -0.363404, 0.38925, 0.011838, -0.011641, 0.010946,
                    -0.009017, 0.283984, -0.43815, 0.318466, -0.37676, -0.058679, 0.217893,
                    0.004384, 0.167381,
                ],
            ]),
        SpaceTable(
            name: "heads that share keys and values, with rotary positions",
            layer: MultiHeadAttention(
                8, heads: 4, keyValueHeads: 2, causal: true, bias: false, rotaryBase: 100),
            x: ([1, 3, 8], pattern(24, step: 11, period: 17, divisor: 4)),
            parameters: [
                "in_proj_weight": pattern(128), "out_proj.weight": pattern(64, step: 3, period: 11),
            ], upstream: pattern(24, step: 3, period: 7, divisor: 3),
            expected: [
                "y": [
                    -0.375, 0.06, -1.54, -0.0325, 0.4025, -1.1975, 0.6125, 0.745, -0.528352,
                    -0.486612, -0.297674, 0.448057, 0.247929, -1.444052, 0.48414, -0.248929,
                    -0.100787, -0.395272, 0.120029, 0.596679, -0.252877, -0.84975, 0.106574,
                    -0.227129,
                ],
                "dx": [
                    0.465035, 0.148302, 0.249358, 0.033611, 0.03368, 0.055426, -0.057765,
                    -0.160252, -0.011798, -0.026238, -0.123202, 0.040135, -0.163846, -0.162814,
                    0.410688, -0.196022, 0.114172, -0.318888, -0.392661, -0.088751, -0.190332,
                    0.042508, 0.14116, 0.216478,
                ],
            ]),
        SpaceTable(
            name: "gelu by tanh", layer: GELU(approximation: .tanh),
            x: ([7], [-3, -1, -0.5, 0, 0.5, 1, 3]),
            expected: [
                "y": [-0.003637, -0.158808, -0.154286, 0, 0.345714, 0.841192, 2.996363],
                "dx": [-0.011584, -0.082964, 0.13263, 0.5, 0.86737, 1.082964, 1.011584],
            ]),
        SpaceTable(
            name: "swiglu", layer: SwiGLU(3, hidden: 4),
            x: ([1, 2, 3], pattern(6, step: 11, period: 17, divisor: 4)),
            parameters: [
                "gate_proj.weight": pattern(12), "up_proj.weight": pattern(12, step: 5, period: 11),
                "down_proj.weight": pattern(12, step: 3, period: 11),
            ], upstream: pattern(6, step: 3, period: 7, divisor: 3),
            expected: [
                "y": [-0.610525, -0.650993, -0.316694, -0.18809, -0.162982, -0.081412],
                "dx": [-0.181256, -0.113445, 0.061963, -0.054028, 0.010248, -0.101075],
            ]),
        SpaceTable(
            name: "learned positions", layer: LearnedPositions(4, 2),
            x: ([2, 3, 2], ramp(12)), parameters: ["weight": pattern(8)],
            expected: [
                "y": zip(ramp(12), pattern(6) + pattern(6)).map { $0 + $1 },
                "dweight": [2, 2, 2, 2, 2, 2, 0, 0],
            ]),
    ]
}
