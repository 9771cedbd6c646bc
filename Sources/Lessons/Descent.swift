import Charts
import Foundation
import NNGPU

/// How long a step of gradient descent may be.
struct Descent: Lesson {
    let identifier = "descent"
    let title = "Gradient descent and its step"
    let idea = """
        A step against the gradient makes the loss smaller if it is short enough. On a quadratic, each \
        direction of curvature λ is multiplied by 1 − τλ in a step, so descent converges below \
        τ = 2/λₘₐₓ and diverges above. Momentum and Adam go further with the same gradients, and a \
        network shows the same three regimes without a formula for the limit.
        """
    let formula: Formula = "W ← W − τ∇E(W), E(w) = ½w^{T}Hw, τ_{critical} = 2/λ_{max}(H)"
    let next = "nngpu train --data sine --optimizer sgd --learning-rate 3 --epochs 5"

    private static let curvatures = (largest: 20.0, smallest: 1.0)

    func run(_ context: LessonContext) throws -> LessonResult {
        let critical = 2 / Self.curvatures.largest
        let hessian = rotated(context)
        let plain = try QuadraticDescent(SGD(), hessian: hessian, on: context.backend)
        let rates = [
            ("too small", 0.02), ("right", 0.9), ("nearly too large", 0.995), ("too large", 1.03),
        ]
        let paths = try rates.map { try plain.path(rate: $0.1 * critical, steps: 80) }
        let momentum = try QuadraticDescent(
            SGD(momentum: 0.8), hessian: hessian, on: context.backend
        ).path(rate: 0.5 * critical, steps: 80)
        let adam = try QuadraticDescent(Adam(), hessian: hessian, on: context.backend)
            .path(rate: 0.2, steps: 80)
        context.progress(0.2)

        let found = try plain.largestConvergingRate(in: 0.5 * critical...2 * critical)
        context.progress(0.5)

        let runs: [(name: String, optimizer: any Optimizer, rate: Double)] = [
            ("τ = 0.002", SGD(), 0.002), ("τ = 0.1", SGD(), 0.1), ("τ = 5", SGD(), 5),
            ("0.002, momentum", SGD(momentum: 0.9), 0.002), ("Adam, 0.01", Adam(), 0.01),
        ]
        let losses = try runs.map { try train($0.optimizer, rate: $0.rate, context) }
        let ends = losses.map { $0.last?.y ?? .nan }
        let names = rates.map { "τ \($0.0), \(($0.1 * critical).short)" } + ["momentum", "Adam"]
        let all = paths + [momentum, adam]
        return LessonResult(
            table: [["on the quadratic", "E at first", "E after 80 steps"]]
                + zip(names, all).map { [$0, $1[0].loss.short, $1[$1.count - 1].loss.short] }
                + [[], ["on a network", "E at first", "E at the end"]]
                + runs.indices.map {
                    [runs[$0].name, losses[$0][0].y.short, ends[$0].short]
                },
            figures: [
                .chart(map(hessian, all, names)),
                .chart(
                    Chart(
                        "On the quadratic", x: Axis("step"),
                        y: Axis("E", scale: .logarithmic, range: 1e-9...1e3),
                        series: all.indices.map { index in
                            let points = all[index].enumerated().map {
                                Point(Double($0.offset), $0.element.loss)
                            }
                            return Series(names[index], .line(points), color: index)
                        })),
                .chart(
                    Chart(
                        "On a network", x: Axis("step"),
                        y: Axis("mean square error", scale: .logarithmic, range: 1e-5...1e2),
                        series: runs.indices.map {
                            Series(runs[$0].name, .line(losses[$0]), color: $0)
                        }, caption: "Two hidden layers of tanh fit a sine.")),
            ],
            findings: [
                Finding(
                    "The largest step that converges is within 1 % of 2/λₘₐₓ = \(critical.short)",
                    measured: found.fixed(4),
                    isMet: abs(found / critical - 1) < 0.01),
                Finding(
                    "Below it the loss falls, above it rises",
                    measured: paths.map { ($0[80].loss / $0[0].loss).short }.joined(separator: ", ")
                        + " of the first loss",
                    isMet: paths.prefix(3).allSatisfy { $0[80].loss < $0[0].loss }
                        && paths[3][80].loss > paths[3][0].loss),
                Finding(
                    "A network diverges too, and a step too small stays behind the right one",
                    measured: ends.prefix(3).map(\.short).joined(separator: ", "),
                    isMet: !(ends[2] < 10 * losses[2][0].y) && ends[1] < ends[0]),
                Finding(
                    "Momentum comes further than plain descent with the same step",
                    measured: "\(ends[3].short) against \(ends[0].short)", isMet: ends[3] < ends[0]),
            ])
    }

    /// H with the known curvatures along a random pair of axes.
    private func rotated(_ context: LessonContext) -> [Double] {
        // The start has a part along the steepest axis, whichever it is.
        let angle = context.uniform(1, in: 1.6...2.4, stream: 1)[0]
        let (c, s) = (cos(angle), sin(angle))
        let (large, small) = Self.curvatures
        return [
            large * c * c + small * s * s, (large - small) * c * s,
            (large - small) * c * s, large * s * s + small * c * c,
        ]
    }

    private func train(
        _ optimizer: any Optimizer, rate: Double, _ context: LessonContext
    ) throws -> [Point] {
        let trainer = try Trainer(
            model: .multilayerPerceptron(
                inputs: 1, hidden: [16, 16], outputs: 1, activation: .tanh),
            inputShape: [1], loss: .meanSquaredError, optimizer: optimizer, learningRate: rate,
            seed: context.seed, backend: context.backend)
        let data = try DataSource("sine").load(seed: context.seed).train.first(100)
        var losses: [Point] = []
        do {
            try trainer.fit(
                data, options: TrainingOptions(length: .steps(250), batchSize: data.count),
                report: { losses.append(Point(Double($0.step), $0.recent.loss)) })
        } catch TrainingError.diverged(let divergence) {
            losses.append(Point(Double(divergence.step), .infinity))
        }
        return losses
    }

    private func map(
        _ hessian: [Double], _ paths: [[QuadraticDescent.Stop]], _ names: [String]
    ) -> Chart {
        let bowl = Field(x: -2.2...2.2, y: -2.2...2.2, levels: [1, 4, 10, 20, 40]) { places in
            places.map {
                (hessian[0] * $0.x * $0.x + 2 * hessian[1] * $0.x * $0.y + hessian[3] * $0.y * $0.y)
                    / 2
            }
        }
        return Chart(
            "Paths on the quadratic", x: Axis("w₁", range: -2.2...2.2),
            y: Axis("w₂", range: -2.2...2.2),
            series: [Series("higher", .field(bowl), color: 6)]
                + [0, 1, 4, 5].map { Series(names[$0], .line(paths[$0].map(\.place)), color: $0) })
    }
}
