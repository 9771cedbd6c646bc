import Charts
import NNGPU

/// What depth is for: folding.
struct Depth: Lesson {
    let identifier = "depth"
    let title = "Depth against width"
    let idea = """
        The tent map folds the unit interval in half, and n folds in a row give 2ⁿ straight pieces from \
        2n units. One hidden layer of ReLUs has at most one piece more than it has units, so it needs \
        about 2ⁿ of them for the same function. Parity is the same function in disguise: n folds of how \
        many of 2ⁿ bits are set say whether that number is odd.
        """
    let formula: Formula =
        "T(x) = 2·max(0, x) − 4·max(0, x − ½), T^{n} = T ∘ … ∘ T, parity(b) = T^{n}(Σ_{i} b_{i} / 2^{n})"
    let next = "nngpu learn landscape"

    private static let folds = 3
    private static let widths = [2, 4, 7, 16, 32, 64, 128]

    func run(_ context: LessonContext) throws -> LessonResult {
        let backend = context.backend
        let xs = (0...1024).map { Float($0) / 1024 }
        var (deepError, halfError): (Double, [Double]) = (0, [])
        var (deepSize, shallowSize): ([Point], [Point]) = ([], [])
        for n in 1...8 {
            let truth = xs.map { Self.tent($0, folds: n) }
            let deep = try Network.folds(n)
            let shallow = try Network.pieces(1 << n, of: { Self.tent($0, folds: n) })
            let half = try Network.pieces(1 << (n - 1), of: { Self.tent($0, folds: n) })
            for network in [deep, shallow] {
                deepError = max(
                    deepError, try network.errors(xs, truth, on: backend).map(abs).max() ?? .nan)
            }
            halfError.append(
                Statistics.rootMeanSquare(try half.errors(xs, truth, on: backend)))
            deepSize.append(Point(Double(n), Double(deep.parameterCount)))
            shallowSize.append(Point(Double(n), Double(shallow.parameterCount)))
        }
        context.progress(0.3)

        let truth = xs.map { Self.tent($0, folds: Self.folds) }
        let constructed = try (0...Self.folds).map { power in
            let network = try Network.pieces(
                1 << power, of: { Self.tent($0, folds: Self.folds) })
            let error = Statistics.rootMeanSquare(try network.errors(xs, truth, on: backend))
            return Point(Double(network.parameterCount), error)
        }
        let fitted = try Self.widths.enumerated().map { index, width in
            context.progress(0.3 + 0.6 * Double(index) / Double(Self.widths.count))
            let network = Network(inputs: 1, widths: [width])
            return Point(
                Double(network.parameterCount), try network.fit(xs, truth, context))
        }
        let deepFit = Network(inputs: 1, widths: Array(repeating: 4, count: Self.folds))
        let deepFitted = Point(
            Double(deepFit.parameterCount), try deepFit.fit(xs, truth, context))
        let exact = try Network.folds(Self.folds).parameterCount
        // As many parameters as the exact network has, or the next more.
        let rival = fitted.first { $0.x >= Double(exact) } ?? fitted[fitted.count - 1]
        let parities = try [Network.parityByFolds(), .parityByCounting(), .parityByPatterns()]
        let parityErrors = try parities.map { try $0.parityError(on: backend) }

        return LessonResult(
            table: [
                ["8-bit parity", "hidden units", "parameters", "largest error"],
                [
                    "3 folds of the sum", "6", String(parities[0].parameterCount),
                    parityErrors[0].short,
                ],
                [
                    "one layer, a unit a count", "8", String(parities[1].parameterCount),
                    parityErrors[1].short,
                ],
                [
                    "one layer, a unit a pattern", "128", String(parities[2].parameterCount),
                    parityErrors[2].short,
                ],
            ],
            figures: [
                .chart(
                    Chart(
                        "Parameters of an exact network", x: Axis("folds n"),
                        y: Axis("parameters", scale: .logarithmic),
                        series: [
                            Series("deep: n folds", .line(deepSize), color: 0),
                            Series("one hidden layer", .line(shallowSize), color: 1),
                        ], caption: "Both built by hand and run: the tent map folded n times.")),
                .chart(
                    Chart(
                        "Error on \(Self.folds) folds",
                        x: Axis("parameters", scale: .logarithmic),
                        y: Axis("root mean square error"),
                        series: [
                            Series("one layer, interpolating", .line(constructed), color: 1),
                            Series("one layer, trained", .line(fitted), color: 3),
                            Series("deep, trained", .points([deepFitted]), color: 2),
                            Series("deep, built", .points([Point(Double(exact), 0)]), color: 0),
                        ],
                        caption: "The deep network that is exact exists; training need not find it."
                    )),
                .chart(
                    Chart(
                        "The tent map, folded", x: Axis("x"), y: Axis("T(x)"),
                        series: [1, 2, Self.folds].enumerated().map { index, n in
                            Series(
                                n == 1 ? "one fold" : "\(n) folds",
                                .line(
                                    xs.map { Point(Double($0), Double(Self.tent($0, folds: n))) }),
                                color: index)
                        })),
            ],
            findings: [
                Finding(
                    "Networks of 2n units in n layers and of 2ⁿ in one give n folds exactly, n ≤ 8",
                    measured: "largest error \(deepError.short)", isMet: deepError <= 1e-6),
                Finding(
                    "One layer with half of the units misses by at least 0.25 on average",
                    measured: (halfError.min() ?? 0).short, isMet: (halfError.min() ?? 0) >= 0.25),
                Finding(
                    "One trained layer of at least as many parameters as the deep one still misses",
                    measured: "\(rival.y.short) with \(Int(rival.x)) against 0 with \(exact)",
                    isMet: rival.y > 0.05),
                Finding(
                    "All three networks compute the parity of all 256 bytes",
                    measured: "largest error \((parityErrors.max() ?? .nan).short)",
                    isMet: (parityErrors.max() ?? 1) <= 1e-5),
            ])
    }

    private static func tent(_ x: Float, folds: Int) -> Float {
        (0..<folds).reduce(x) { x, _ in x < 0.5 ? 2 * x : 2 - 2 * x }
    }
}
