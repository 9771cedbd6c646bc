import NNGraph
import NNModel

/// Layers over space with the numbers that PyTorch 2.15 gives for them, in single precision.
package struct SpaceTable: Sendable, CustomStringConvertible {
    package let name: String
    let layer: any Layer
    let x: (shape: Shape, values: [Double])
    var parameters: [String: [Double]] = [:]
    var isTraining = false
    /// What the result is multiplied with before its sum is differentiated; ones if it is empty.
    var upstream: [Double] = []
    /// The result as `y`, gradients as `dx` or `d` and the parameter's name, running parameters after `new `.
    let expected: [String: [Double]]

    package var description: String { name }

    /// What is farthest from the table, relative to the largest number of its row; nil if all is within a bound.
    package func deviation(on backend: any Backend, above bound: Double = 2e-5) throws -> String? {
        for (name, wanted) in expected.sorted(by: { $0.key < $1.key }) {
            let found = try results(on: backend)[name] ?? []
            guard found.count == wanted.count else {
                return "\(self.name): \(name) has \(found.count) numbers, not \(wanted.count)"
            }
            let largest = wanted.map { $0.isFinite ? abs($0) : 0 }.max() ?? 0
            for (place, (a, b)) in zip(found, wanted).enumerated() {
                let isSame =
                    a == b || (a.isNaN && b.isNaN) || abs(a - b) <= bound * max(largest, 1e-3)
                guard isSame else { return "\(self.name): \(name)[\(place)] is \(a), not \(b)" }
            }
        }
        return nil
    }

    private func results(on backend: any Backend) throws -> [String: [Double]] {
        let pass = try ForwardPass(isTraining: isTraining)
        let input = try Tensor.input("x", x.shape)
        let y = try layer(input, in: pass)
        let scale =
            upstream.isEmpty ? try Tensor.constant(1, y.shape) : try .constant(upstream, y.shape)
        let trained = pass.parameters.filter { !$0.isRunning }
        let all = try gradients(
            of: (y * scale).sum(), withRespectTo: [input] + trained.map(\.tensor))
        var outputs: [(String, Tensor)] = [("y", y), ("dx", all[0])]
        outputs += zip(trained, all.dropFirst()).map { ("d" + $0.name, $1) }
        outputs += pass.updates.map { ("new " + $0.key, $0.value) }
        let executable = try backend.compile(Graph(outputs: outputs))
        try backend.write(x.values, to: executable.buffer(named: "x"))
        for parameter in pass.parameters {
            // What the result does not depend on has no buffer.
            guard let buffer = try? executable.buffer(named: parameter.name) else { continue }
            let count = parameter.tensor.shape.count
            let fallback = parameter.name == "running_var" || parameter.name == "weight" ? 1.0 : 0
            try backend.write(
                parameters[parameter.name] ?? Array(repeating: fallback, count: count), to: buffer)
        }
        try executable.run()
        return try Dictionary(
            uniqueKeysWithValues: outputs.map { name, _ in
                (name, try backend.read(executable.buffer(named: name)))
            })
    }
}

extension SpaceTable {
    static func ramp(_ count: Int) -> [Double] { (1...count).map(Double.init) }

    private static func maxima(
        _ name: String, _ shape: Shape, _ x: [Double], _ layer: MaxPool2d, y: [Double]? = nil,
        dx: [Double]? = nil
    ) -> SpaceTable {
        SpaceTable(
            name: "largest of \(name)", layer: layer, x: (shape, x),
            expected: ["y": y, "dx": dx].compactMapValues(\.self))
    }

    private static let pooling: [SpaceTable] = [
        maxima("equal elements", [1, 1, 2, 2], [1, 1, 1, 1], MaxPool2d(2), dx: [1, 0, 0, 0]),
        maxima("two ones", [1, 1, 2, 2], [0, 1, 1, 0], MaxPool2d(2), dx: [0, 1, 0, 0]),
        maxima("a row of ones", [1, 1, 2, 2], [0, 0, 1, 1], MaxPool2d(2), dx: [0, 0, 1, 0]),
        maxima(
            "ones, overlapping", [1, 1, 3, 3], Array(repeating: 1, count: 9),
            MaxPool2d(2, stride: 1), dx: [1, 1, 0, 1, 1, 0, 0, 0, 0]),
        maxima(
            "ones, three by three", [1, 1, 3, 4], Array(repeating: 1, count: 12),
            MaxPool2d(3, stride: 1), dx: [1, 1] + Array(repeating: 0, count: 10)),
        maxima(
            "NaN", [1, 1, 2, 2], [1, .nan, .nan, 2], MaxPool2d(2), y: [.nan], dx: [0, 0, 1, 0]),
        maxima(
            "negative numbers and padding", [1, 1, 3, 3], ramp(9).map { -$0 },
            MaxPool2d(3, stride: 2, padding: 1), y: [-1, -2, -4, -5]),
    ]

    /// Sizes in ceil mode: n, k, s, p and the windows.
    private static let sizes: [SpaceTable] = [
        (5, 2, 2, 1, 3), (2, 1, 2, 0, 1), (3, 2, 3, 1, 2), (3, 1, 3, 0, 1), (4, 2, 3, 1, 2),
        (2, 2, 3, 1, 1), (6, 1, 4, 0, 2), (5, 2, 2, 0, 3), (4, 3, 2, 0, 2),
    ].map { n, k, s, p, windows in
        SpaceTable(
            name: "windows of \(k) every \(s) over \(n) and \(p), rounded up",
            layer: MaxPool2d(
                [1, k], stride: [1, s], padding: [0, p], roundsUp: true),
            x: ([1, 1, 1, n], Array(repeating: 1, count: n)),
            expected: ["y": Array(repeating: 1, count: windows)])
    }

    private static func means(
        _ name: String, _ size: Int, _ layer: AvgPool2d, _ y: [Double]
    ) -> SpaceTable {
        SpaceTable(
            name: "means, \(name)", layer: layer, x: ([1, 1, size, size], ramp(size * size)),
            expected: ["y": y])
    }

    /// Windows along one axis.
    private static let lengths: [SpaceTable] = [
        SpaceTable(
            name: "largest along one axis", layer: MaxPool1d(3, stride: 2, padding: 1),
            x: ([1, 1, 6], [1, 5, 5, 2, 0, 3]), upstream: [1, 10, 100],
            expected: ["y": [5.0, 5.0, 3.0], "dx": [0.0, 11.0, 0.0, 0.0, 0.0, 100.0]]),
        SpaceTable(
            name: "means along one axis",
            layer: AvgPool1d(3, stride: 2, padding: 1, roundsUp: true),
            x: ([1, 1, 6], ramp(6)),
            expected: [
                "y": [1.0, 3.0, 5.0, 3.0],
                "dx": [0.333333, 0.666667, 0.333333, 0.666667, 0.333333, 0.833333],
            ]),
        SpaceTable(
            name: "means of 5 as 3 along one axis", layer: AdaptiveAvgPool1d(3),
            x: ([1, 1, 5], ramp(5)), expected: ["y": [1.5, 3, 4.5]]),
    ]

    private static let averages: [SpaceTable] = [
        means("padded", 3, AvgPool2d(2, padding: 1), [0.25, 1.25, 2.75, 7]),
        means(
            "padding left out", 3, AvgPool2d(2, padding: 1, countsPadding: false), [1, 2.5, 5.5, 7]),
        means("rounded up", 3, AvgPool2d(2, roundsUp: true), [3, 4.5, 7.5, 9]),
        means(
            "padded and rounded up", 4, AvgPool2d(3, stride: 2, padding: 1, roundsUp: true),
            [1.555556, 3.333333, 2, 6.333333, 11, 6, 4.5, 7.5, 4]),
        means(
            "rounded up, padding left out", 4,
            AvgPool2d(3, stride: 2, padding: 1, roundsUp: true, countsPadding: false),
            [3.5, 5, 6, 9.5, 11, 12, 13.5, 15, 16]),
        SpaceTable(
            name: "means of 5 as 3", layer: AdaptiveAvgPool2d([1, 3]), x: ([1, 1, 1, 5], ramp(5)),
            expected: ["y": [1.5, 3, 4.5]]),
        SpaceTable(
            name: "means of 3 as 5", layer: AdaptiveAvgPool2d([1, 5]), x: ([1, 1, 1, 3], ramp(3)),
            expected: ["y": [1, 1.5, 2, 2.5, 3]]),
    ]

    private static func grown(
        _ name: String, _ stride: Int, _ padding: Int, _ outputPadding: Int, _ y: [Double]
    ) -> SpaceTable {
        SpaceTable(
            name: "transposed convolution, \(name)",
            layer: ConvTranspose2d(
                1, 1, kernel: 3, stride: AxisNumbers([stride]), padding: AxisNumbers([padding]),
                outputPadding: AxisNumbers([outputPadding]), bias: false),
            x: ([1, 1, 2, 2], ramp(4)), parameters: ["weight": ramp(9)], expected: ["y": y])
    }

    private static let transposed: [SpaceTable] = [
        grown(
            "stride 1", 1, 0, 0,
            [1, 4, 7, 6, 7, 23, 33, 24, 19, 53, 63, 42, 21, 52, 59, 36]),
        grown("padded", 2, 1, 0, [5, 14, 10, 14, 36, 24, 15, 34, 20]),
        grown(
            "with output padding", 2, 1, 1,
            [5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36]),
        SpaceTable(
            name: "transposed convolution in groups",
            layer: ConvTranspose2d(4, 4, kernel: 1, groups: 2, bias: false),
            x: ([1, 4, 1, 1], [1, 10, 100, 1000]), parameters: ["weight": ramp(8)],
            expected: ["y": [31, 42, 7500, 8600]]),
        SpaceTable(
            name: "transposed convolution of two channels",
            layer: ConvTranspose2d(2, 2, kernel: 1, bias: false), x: ([1, 2, 1, 1], [1, 10]),
            parameters: ["weight": ramp(4)], expected: ["y": [31, 42]]),
    ]

    private static let square: [Double] = [0, 1, 0, 10, 0, 100, 0, 1000, 0]

    private static func convolved(
        _ name: String, _ layer: any Layer, _ shape: Shape, _ x: [Double], _ weight: [Double],
        _ y: [Double]
    ) -> SpaceTable {
        SpaceTable(
            name: "convolution, \(name)", layer: layer, x: (shape, x),
            parameters: ["weight": weight], expected: ["y": y])
    }

    private static func around(_ mode: PaddingMode) -> Conv2d {
        Conv2d(1, 1, kernel: 3, padding: 1, bias: false, paddingMode: mode)
    }

    private static let convolutions: [SpaceTable] = [
        convolved(
            "circular", around(.circular), [1, 1, 3, 3], ramp(9), square,
            [4237, 5318, 6129, 7561, 8642, 9453, 1894, 2975, 3786]),
        convolved(
            "zeros", around(.zeros), [1, 1, 3, 3], ramp(9), square,
            [4200, 5310, 6020, 7501, 8642, 9053, 804, 975, 86]),
        convolved(
            "reflect", around(.reflect), [1, 1, 3, 3], ramp(9), square,
            [4224, 5315, 6226, 7551, 8642, 9553, 4884, 5975, 6886]),
        convolved(
            "replicate", around(.replicate), [1, 1, 3, 3], ramp(9), square,
            [4211, 5312, 6323, 7541, 8642, 9653, 7874, 8975, 9986]),
        convolved(
            "same with four places", Conv1d(1, 1, kernel: 4, padding: .same, bias: false),
            [1, 1, 5], ramp(5), [1, 10, 100, 1000], [3210, 4321, 5432, 543, 54]),
        convolved(
            "same with dilation", Conv1d(1, 1, kernel: 2, padding: .same, dilation: 3, bias: false),
            [1, 1, 5], ramp(5), [1, 10], [30, 41, 52, 3, 4]),
        convolved(
            "stride and dilation", Conv2d(1, 1, kernel: 2, stride: 2, dilation: 2, bias: false),
            [1, 1, 7, 7], ramp(49), ramp(4), [120, 140, 160, 260, 280, 300, 400, 420, 440]),
        convolved(
            "stride, dilation and padding",
            Conv2d(1, 1, kernel: 2, stride: 2, padding: 1, dilation: 3, bias: false),
            [1, 1, 7, 7], ramp(49), ramp(4), [68, 124, 138, 144, 255, 275, 228, 395, 415]),
        convolved(
            "groups", Conv2d(4, 6, kernel: 1, groups: 2, bias: false), [1, 4, 1, 1], ramp(4),
            [1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60], [21, 42, 63, 172, 215, 258]),
        convolved(
            "depthwise", Conv2d(3, 6, kernel: 1, groups: 3, bias: false), [1, 3, 1, 1],
            [1, 10, 100], ramp(6), [1, 2, 30, 40, 500, 600]),
    ]

    /// All of them.
    package static let all =
        pooling + sizes + lengths + averages + norms + otherNorms + functions + convolutions
        + transposed + sequences
}
