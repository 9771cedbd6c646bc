import Charts
import Foundation
import NNGPU

/// The textbook's softmax breaks at the first large logit.
struct Overflow: Lesson {
    let identifier = "overflow"
    let title = "Overflow"
    let idea = """
        Softmax divides an exponential by a sum of exponentials, and exponentials leave the range of \
        floating-point numbers soon: e⁸⁹ is more than single precision holds, e⁷¹⁰ more than double. \
        Infinity over infinity is not a number, and one NaN in a gradient makes every weight NaN. More \
        precision only moves the cliff.
        """
    let formula: Formula =
        "softmax(x)_{i} = e^{x_{i}} / Σ_{j} e^{x_{j}} = ∞/∞ as soon as max x > log(largest number)"
    let next = "nngpu learn log-sum-exp"

    func run(_ context: LessonContext) throws -> LessonResult {
        let single: any Backend =
            context.backend is ReferenceBackend<Double>
            ? ReferenceBackend<Float>() : context.backend
        let precisions: [(name: String, backend: any Backend, largest: Double)] = [
            ("single", single, log(Double(Float.greatestFiniteMagnitude))),
            ("double", ReferenceBackend<Double>(), log(Double.greatestFiniteMagnitude)),
        ]
        var rows = [
            [
                "precision", "last finite logit", "log of the largest number",
                "training dies at step",
            ]
        ]
        var (figures, findings): ([Figure], [Finding]) = ([], [])
        for (index, (name, backend, largest)) in precisions.enumerated() {
            let naive = try Self.naiveSoftmax(on: backend)
            let cliff = try threshold(naive, on: backend)
            let dead = try train(isNaive: true, on: backend, context)
            let alive = try train(isNaive: false, on: backend, context)
            rows.append([name, cliff.fixed(4), largest.fixed(4), dead.map(String.init) ?? "never"])
            findings += [
                Finding(
                    "In \(name) precision softmax turns to NaN at \(largest.fixed(3))",
                    measured: cliff.fixed(3), isMet: abs(cliff - largest) < 1e-3),
                Finding(
                    "In \(name) precision training with it dies; with the fused loss it does not",
                    measured: "NaN at step \(dead.map(String.init) ?? "never")"
                        + (alive == nil ? ", fused: none in \(Self.steps)" : ", fused: NaN too"),
                    isMet: dead != nil && alive == nil),
            ]
            figures.append(.chart(try picture(naive, on: backend, name: name, cliff: cliff)))
            context.progress(Double(index + 1) / 2)
        }
        return LessonResult(table: rows, figures: figures, findings: findings)
    }

    private static let steps = 60

    /// `exp(x) / Σ exp(x)` of two logits, as it stands in the formula.
    private static func naiveSoftmax(on backend: any Backend) throws -> any Executable {
        let x = try Tensor.input("x", [2])
        return try backend.compile(Graph(outputs: ["p": exp(x) / exp(x).sum()]))
    }

    private func probability(
        _ logit: Double, _ softmax: any Executable, on backend: any Backend
    ) throws -> Double {
        try backend.write([logit, 0], to: softmax.buffer(named: "x"))
        try softmax.run()
        return try backend.read(softmax.buffer(named: "p"))[0]
    }

    /// The last logit that gives a number, by bisection down to what the precision can tell apart.
    private func threshold(_ softmax: any Executable, on backend: any Backend) throws -> Double {
        var (finite, broken) = (1.0, 2000.0)
        for _ in 0..<40 {
            let middle = (finite + broken) / 2
            if try probability(middle, softmax, on: backend).isNaN {
                broken = middle
            } else {
                finite = middle
            }
        }
        return finite
    }

    /// Trains a single layer on data that nobody has scaled; returns the step at which it is NaN.
    private func train(
        isNaive: Bool, on backend: any Backend, _ context: LessonContext
    ) throws -> Int? {
        let data = try DataSource("moons").load(seed: context.seed).train.first(100)
        // As if coordinates were pixels from 0 to 255 that nobody has divided by 255.
        let x = try Tensor.constant(data.features.map { 100 * Double($0) }, [data.count, 2])
        let w = try Tensor.parameter("w", [2, 2])
        let logits = try matmul(x, w)
        let labels = try data.classLabels()
        let losses: Tensor
        if isNaive {
            let picked = try Tensor.constant(
                labels.flatMap { $0 == 0 ? [1.0, 0] : [0, 1] }, logits.shape)
            let p = try exp(logits) / exp(logits).sum([1], keepingAxes: true)
            losses = try -log((p * picked).sum([1]))
        } else {
            losses = try softmaxCrossEntropy(logits, Tensor.input("labels", [data.count], .int32))
        }
        let loss = try losses.mean()
        let slope = try gradients(of: loss, withRespectTo: [w])[0]
        let step = try backend.compile(Graph(outputs: ["slope": slope], updates: [(w, w - slope)]))
        if !isNaive { try backend.write(labels, to: step.buffer(named: "labels")) }
        for index in 1...Self.steps {
            try step.run()
            let weights = try backend.read(step.buffer(named: "w"))
            if !weights.allSatisfy(\.isFinite) { return index }
        }
        return nil
    }

    private func picture(
        _ softmax: any Executable, on backend: any Backend, name: String, cliff: Double
    ) throws -> Chart {
        let logits = (0...120).map { cliff * (0.9 + 0.2 * Double($0) / 120) }
        let points = try logits.map { logit in
            let p = try probability(logit, softmax, on: backend)
            return (finite: !p.isNaN, point: Point(logit, p.isNaN ? 0 : p))
        }
        return Chart(
            "softmax(x, 0) in \(name) precision", x: Axis("logit x"),
            y: Axis("probability of x", range: -0.1...1.1),
            series: [
                Series("a number", .line(points.filter(\.finite).map(\.point)), color: 0),
                Series("NaN", .points(points.filter { !$0.finite }.map(\.point)), color: 1),
            ],
            annotations: [Annotation(cliff.fixed(2), at: Point(cliff, 1))],
            caption: "Not a number from \(cliff.fixed(2)) on.")
    }
}
