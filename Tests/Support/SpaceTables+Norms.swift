import NNGraph
import NNModel

// Normalizations and functions of each element.
extension SpaceTable {
    static let norms: [SpaceTable] = [
        SpaceTable(
            name: "batch norm of four numbers", layer: BatchNorm(1), x: ([4, 1], [1, 2, 4, 8]),
            isTraining: true,
            expected: [
                "y": [-1.025755, -0.652753, 0.093250, 1.585257], "new running_mean": [0.375],
                "new running_var": [1.858333], "new num_batches_tracked": [1],
            ]),
        SpaceTable(
            name: "batch norm outside of training", layer: BatchNorm(1),
            x: ([4, 1], [1, 2, 4, 8]),
            parameters: ["running_mean": [1.1875], "running_var": [5.505833]],
            expected: ["y": [-0.079908, 0.346267, 1.198617, 2.903318]]),
        SpaceTable(
            name: "batch norm of images", layer: BatchNorm(2, epsilon: 1e-3, momentum: 0.3),
            x: ([2, 2, 2, 2], (0..<16).map { Double($0) * Double($0).squareRoot() / 10 }),
            parameters: ["weight": [1.5, -0.5], "bias": [0.25, -1]], isTraining: true,
            upstream: (0..<16).map { -1 + 2 * Double($0) / 15 },
            expected: [
                "y": [
                    -1.430395, -1.324340, -1.130429, -0.879322, -0.384867, -0.468418, -0.560804,
                    -0.661248, 0.969334, 1.433064, 1.923328, 2.438760, -1.266775, -1.406091,
                    -1.550873, -1.700923,
                ],
                "new running_mean": [0.475341, 0.942438], "new running_var": [1.385527, 1.941562],
                "dweight": [4.398997, 4.421782], "dbias": [-2.133333, 2.133333],
                "dx": [
                    -0.124432, -0.024258, 0.041759, 0.085540, 0.014012, 0.003249, -0.004950,
                    -0.010808, 0.073854, 0.034972, -0.014226, -0.073208, -0.010095, -0.004665,
                    0.002354, 0.010902,
                ],
            ]),
    ]

    static let otherNorms: [SpaceTable] = [
        SpaceTable(
            name: "group norm", layer: GroupNorm(2, 4),
            x: ([1, 4, 2, 1], [1, 2, 3, 5, 10, 20, 30, 50]),
            expected: [
                "y": [
                    -1.183213, -0.507091, 0.169030, 1.521274, -1.183216, -0.507093, 0.169031,
                    1.521278,
                ]
            ]),
        SpaceTable(
            name: "group norm with a weight", layer: GroupNorm(2, 4),
            x: ([1, 4, 2, 1], [1, 2, 3, 5, 10, 20, 30, 50]),
            parameters: ["weight": [1, 2, 3, 4], "bias": [0, 0.1, 0.2, 0.3]],
            upstream: [1, -1, 2, 0.5, 0, 1, -3, 0.25],
            expected: [
                "y": [
                    -1.183213, -0.507091, 0.438061, 3.142548, -3.349648, -1.321277, 0.976123,
                    6.385111,
                ],
                "dx": [
                    0.135223, -1.390880, 1.815870, -0.560213, 0.094657, 0.320676, -0.670328,
                    0.254995,
                ],
                "dweight": [-0.676122, 1.098698, -0.507093, -0.126773],
                "dbias": [0, 2.5, 1, -2.75],
            ]),
        SpaceTable(
            name: "instance norm", layer: InstanceNorm(2),
            x: ([1, 2, 2, 2], [1, 2, 4, 8, 3, 3, 3, 5]), isTraining: true,
            upstream: [1, -2, 3, 0.5, 1, 0, -1, 2],
            expected: [
                "y": [
                    -1.025755, -0.652753, 0.09325, 1.585257, -0.577347, -0.577347, -0.577347,
                    1.732039,
                ],
                "dx": [
                    0.26921, -0.896826, 0.874121, -0.246505, 1.154685, -8e-06, -1.154701, 2.3e-05,
                ],
            ]),
        SpaceTable(
            name: "instance norm with a weight", layer: InstanceNorm(2, affine: true),
            x: ([1, 2, 4], [1, 2, 4, 8, 3, 3, 3, 5]),
            parameters: ["weight": [2, -1], "bias": [0.5, 0.25]],
            upstream: [1, -2, 3, 0.5, 1, 0, -1, 2],
            expected: [
                "y": [
                    -1.551509, -0.805506, 0.686501, 3.670514, 0.827347, 0.827347, 0.827347,
                    -1.482039,
                ], "dweight": [1.352131, 3.464079], "dbias": [2.5, 2.0],
            ]),
        SpaceTable(
            name: "root mean square", layer: RMSNorm(4), x: ([1, 4], [1, 2, 4, 8]),
            expected: ["y": [0.216930, 0.433861, 0.867722, 1.735444]]),
        SpaceTable(
            name: "root mean square of small numbers", layer: RMSNorm(4),
            x: ([1, 4], [1e-4, 2e-4, 4e-4, 8e-4]),
            expected: ["y": [0.173629, 0.347257, 0.694514, 1.389029]]),
        SpaceTable(
            name: "root mean square with an epsilon", layer: RMSNorm(4, epsilon: 1e-5),
            x: ([1, 4], [1e-4, 2e-4, 4e-4, 8e-4]),
            expected: ["y": [0.031292, 0.062584, 0.125168, 0.250336]]),
    ]

    private static let points: [Double] = [-4, -1, 0, 0.5, 3, 7]

    private static func function(_ name: String, _ layer: any Layer, _ y: [Double]) -> SpaceTable {
        SpaceTable(name: name, layer: layer, x: ([1, 6], points), expected: ["y": y])
    }

    /// By their formulas.
    static let functions: [SpaceTable] = [
        function("SiLU", SiLU(), [-0.071945, -0.268941, 0, 0.311230, 2.857722, 6.993622]),
        function("Mish", Mish(), [-0.072592, -0.303401, 0, 0.375245, 2.986535, 6.999988]),
        function("Hardswish", Hardswish(), [0, -0.333333, 0, 0.291667, 3, 7]),
        function("ELU", ELU(alpha: 2), [-1.963369, -1.264241, 0, 0.5, 3, 7]),
        SpaceTable(
            name: "ReLU6", layer: ReLU6(), x: ([1, 5], [-1, 0, 3, 6, 7]),
            expected: ["y": [0, 0, 3, 6, 6], "dx": [0, 0, 1, 0, 0]]),
        SpaceTable(
            name: "PReLU", layer: PReLU(2), x: ([1, 2, 2], [-1, 2, -3, 4]),
            parameters: ["weight": [0.5, 0.25]],
            expected: ["y": [-0.5, 2, -0.75, 4], "dweight": [-1, -3], "dx": [0.5, 1, 0.25, 1]]),
        SpaceTable(
            name: "upsampling", layer: Upsample([2, 1]), x: ([1, 1, 2, 2], [1, 2, 3, 4]),
            expected: ["y": [1, 2, 1, 2, 3, 4, 3, 4], "dx": [2, 2, 2, 2]]),
    ]
}
