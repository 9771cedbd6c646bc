import Charts
import Foundation
import NNGPU

/// Three ways to a gradient, and what each costs.
struct Gradients: Lesson {
    let identifier = "gradients"
    let title = "Numbers, symbols, backpropagation"
    let idea = """
        A difference quotient needs two evaluations of the loss for each weight, so a whole gradient \
        costs O(|W|²); backpropagation gets it in one sweep, O(|W|). Differences are also inexact: \
        large steps miss the curvature, small ones drown in rounding, with a valley in between. And \
        differentiating a written-out expression repeats itself exponentially, where a graph shares.
        """
    let formula: Formula =
        "∂E/∂w_{i} ≈ (E(w + h·e_{i}) − E(w − h·e_{i}))/2h, error ≈ h²·|E‴|/6 + ε·|E|/h"
    let next = "nngpu check --hidden 64,32 --activation gelu"

    private static let widths = [4, 13, 41, 129, 408]

    func run(_ context: LessonContext) throws -> LessonResult {
        // The reference does one operation after the other, so its time is that of the arithmetic.
        let reference = ReferenceBackend<Double>()
        var (backward, numerical, device): ([Point], [Point], [Point]) = ([], [], [])
        for (index, width) in Self.widths.enumerated() {
            let subject = try LossOfWeights(width: width, context)
            let count = Double(subject.count)
            let evaluation = try subject.time(of: .loss, on: reference)
            numerical.append(Point(count, 2 * count * evaluation))
            backward.append(Point(count, try subject.time(of: .gradient, on: reference)))
            device.append(Point(count, try subject.time(of: .gradient, on: context.backend)))
            context.progress(Double(index + 1) / 6)
        }
        let slopes = [numerical, backward].map(Statistics.logarithmicSlope)

        let subject = try LossOfWeights(width: 13, context)
        let steps = stride(from: -13.0, through: 0, by: 0.5).map { pow(10, $0) }
        let single: any Backend =
            context.backend is ReferenceBackend<Double>
            ? ReferenceBackend<Float>() : context.backend
        let errors = try [single, reference].map { backend in
            zip(steps, try subject.differenceErrors(steps: steps, on: backend)).map {
                Point($0, $1)
            }
        }
        let valleys = errors.map { curve in
            (
                bottom: curve.map(\.y).min() ?? .nan,
                rim: min(curve[0].y, curve[curve.count - 1].y)
            )
        }

        let growth = try (1...14).map { depth -> (depth: Double, tree: Double, shared: Double) in
            let sizes = try derivativeSize(depth: depth)
            return (Double(depth), sizes.tree, sizes.shared)
        }
        let last = growth[growth.count - 1]
        func seconds(_ point: Point) -> String { Typography.duration(point.y) }
        return LessonResult(
            table: [["weights", "numerical", "backpropagation", "on the device"]]
                + Self.widths.indices.map { index in
                    [
                        String(Int(backward[index].x)), seconds(numerical[index]),
                        seconds(backward[index]), seconds(device[index]),
                    ]
                } + [["slope"] + slopes.map { $0.fixed(2) }],
            figures: [
                .chart(
                    Chart(
                        "Time of a whole gradient",
                        x: Axis("weights |W|", scale: .logarithmic),
                        y: Axis("time", unit: "s", scale: .logarithmic),
                        series: [
                            Series("numerical", .line(numerical), color: 1),
                            Series("backpropagation", .line(backward), color: 0),
                            Series("backpropagation, device", .line(device), color: 2),
                        ],
                        caption: "Numerical: the measured time of a loss, 2·|W| times.")),
                .chart(
                    Chart(
                        "Error of a difference quotient", x: Axis("step h", scale: .logarithmic),
                        y: Axis("relative error", scale: .logarithmic),
                        series: [
                            Series("single precision", .line(errors[0]), color: 1),
                            Series("double precision", .line(errors[1]), color: 0),
                        ], caption: "Rounding on the left, curvature on the right.")),
                .chart(
                    Chart(
                        "Size of a derivative", x: Axis("depth of the composition"),
                        y: Axis("operations", scale: .logarithmic),
                        series: [
                            Series(
                                "written out", .line(growth.map { Point($0.depth, $0.tree) }),
                                color: 1),
                            Series(
                                "as a graph", .line(growth.map { Point($0.depth, $0.shared) }),
                                color: 0),
                        ])),
            ],
            findings: [
                Finding(
                    "Numerical differentiation grows with the square of |W|: slope 2 ± ¼",
                    measured: slopes[0].fixed(2), isMet: abs(slopes[0] - 2) < 0.25),
                Finding(
                    "Backpropagation grows with |W|: slope 1 ± ¼",
                    measured: slopes[1].fixed(2), isMet: abs(slopes[1] - 1) < 0.25),
                Finding(
                    "The error has a valley, at least ten times deeper than both rims",
                    measured: valleys.map { "\($0.bottom.short) under \($0.rim.short)" }
                        .joined(separator: ", "),
                    isMet: valleys.allSatisfy { $0.bottom * 10 < $0.rim }),
                Finding(
                    "Written out, the derivative doubles with each level; the graph grows evenly",
                    measured: "\(Int(last.tree)) against \(Int(last.shared)) operations",
                    isMet: last.tree > pow(2, last.depth) && last.shared < 40 * last.depth),
            ])
    }

    /// The operations of the derivative of `f ← tanh(f · f)`, so often.
    private func derivativeSize(depth: Int) throws -> (tree: Double, shared: Double) {
        let x = try Tensor.input("x", .scalar)
        let f = try (0..<depth).reduce(x) { f, _ in try tanh(f * f) }
        let graph = try Graph(outputs: ["slope": gradients(of: f, withRespectTo: [x])[0]])
        var sizes: [Tensor: Double] = [:]
        for node in graph.nodes {
            sizes[node] = 1 + node.operands.map { sizes[$0] ?? 0 }.reduce(0, +)
        }
        return (sizes[graph.outputs[0].value] ?? .nan, Double(graph.nodes.count))
    }
}
