import Charts
import NNGPU

/// What activations do to a signal and to the gradient that comes back.
struct Activations: Lesson {
    let identifier = "activations"
    let title = "Activations"
    let idea = """
        Between affine maps stands a function that is not linear; its slope scales the gradient on the \
        way back. A sigmoid's slope is at most ¼, so a deep stack of sigmoids multiplies the gradient \
        away; tanh saturates more slowly, and ReLU keeps slope 1 but is dead where a unit is never \
        positive. LeakyReLU's small slope for negative inputs leaves no unit without a gradient.
        """
    let formula: Formula =
        "σ(x) = 1/(1 + e^{−x}), tanh x, ReLU(x) = max(0, x), LeakyReLU(x) = max(0.1x, x); ∂E/∂x_{l} = W_{l}^{T}(f′ ⊙ ∂E/∂x_{l+1})"
    let next = "nngpu check --hidden 32,32,32,32,32,32 --activation sigmoid"

    private static let kinds: [(name: String, activation: Activation)] = [
        ("sigmoid", .sigmoid), ("tanh", .tanh), ("ReLU", .relu),
        ("LeakyReLU", .leakyReLU(slope: 0.1)),
    ]
    private static let depth = 16
    private static let width = 32

    func run(_ context: LessonContext) throws -> LessonResult {
        var (curves, slopes): ([Series], [Series]) = ([], [])
        var (steepest, stacks): ([Double], [Stack]) = ([], [])
        for (index, (name, activation)) in Self.kinds.enumerated() {
            let (curve, slope) = try shape(of: activation, on: context.backend)
            curves.append(Series(name, .line(curve), color: index))
            slopes.append(Series(name, .line(slope), color: index))
            steepest.append(slope.map(\.y).max() ?? .nan)
            stacks.append(try stack(activation, context))
            context.progress(Double(index + 1) / Double(Self.kinds.count))
        }
        let layers = stacks.enumerated().map { index, stack in
            Series(
                Self.kinds[index].name,
                .line(stack.norms.enumerated().map { Point(Double($0.offset + 1), $0.element) }),
                color: index)
        }
        let lost = stacks.map { ($0.norms.first ?? .nan) / ($0.norms.last ?? .nan) }
        return LessonResult(
            table: [["activation", "largest slope", "mean slope", "dead units", "gradient left"]]
                + Self.kinds.indices.map { index in
                    [
                        Self.kinds[index].name, steepest[index].short, stacks[index].slope.short,
                        stacks[index].dead.percent, lost[index].short,
                    ]
                },
            figures: [
                .chart(Chart("Activations", x: Axis("x"), y: Axis("f(x)"), series: curves)),
                .chart(Chart("Their slopes", x: Axis("x"), y: Axis("f′(x)"), series: slopes)),
                .chart(
                    Chart(
                        "Gradient in a stack of \(Self.depth) layers",
                        x: Axis("layer"), y: Axis("norm of ∂E/∂W", scale: .logarithmic),
                        series: layers,
                        caption: "From the last layer back to the first, at the first step.")),
            ],
            findings: [
                Finding(
                    "The slope of a sigmoid is at most ¼", measured: steepest[0].short,
                    isMet: abs(steepest[0] - 0.25) < 1e-6),
                Finding(
                    "Sixteen sigmoids leave less than 10⁻⁶ of the gradient",
                    measured: lost[0].short, isMet: lost[0] < 1e-6),
                Finding(
                    "ReLU and LeakyReLU leave at least a thousand times as much",
                    measured: "\(lost[2].short) and \(lost[3].short)",
                    isMet: min(lost[2], lost[3]) > 1000 * lost[0]),
                Finding(
                    "ReLU has units that no sample wakes, LeakyReLU has none",
                    measured: "\(stacks[2].dead.percent) and \(stacks[3].dead.percent)",
                    isMet: stacks[2].dead > 0 && stacks[3].dead == 0),
            ])
    }

    private func shape(
        of activation: Activation, on backend: any Backend
    ) throws -> (curve: [Point], slope: [Point]) {
        let xs = (-80...80).map { Double($0) / 16 }
        let x = try Tensor.input("x", [xs.count])
        let y = try activation.layer(x, in: ForwardPass())
        let graph = try Graph(outputs: ["y": y, "slope": gradients(of: y, withRespectTo: [x])[0]])
        let executable = try backend.compile(graph)
        try backend.write(xs, to: executable.buffer(named: "x"))
        try executable.run()
        func points(_ name: String) throws -> [Point] {
            try zip(xs, backend.read(executable.buffer(named: name))).map { Point($0, $1) }
        }
        return (try points("y"), try points("slope"))
    }

    private struct Stack {
        /// The norm of the loss's gradient with respect to each layer's weight.
        let norms: [Double]
        /// The mean of f′ over all units and samples.
        let slope: Double
        /// The share of units whose slope is 0 for every sample.
        let dead: Double
    }

    /// A deep stack as it begins, on random samples and targets.
    private func stack(_ activation: Activation, _ context: LessonContext) throws -> Stack {
        let (depth, width, samples) = (Self.depth, Self.width, 64)
        let x = try Tensor.input("x", [samples, width])
        let pass = try ForwardPass()
        var (signal, slopes): (Tensor, [Tensor]) = (x, [])
        for layer in 0..<depth {
            let affine = Linear(width, width, initializer: .heUniform)
            let sum = try pass.apply(affine, named: String(layer), to: signal)
            signal = try activation.layer(sum, in: pass)
            slopes.append(try gradients(of: signal, withRespectTo: [sum])[0])
        }
        let target = try Tensor.input("target", [samples, width])
        let loss = try MeanSquaredError().terms(signal, target).mean()
        let weights = pass.parameters.filter { $0.name.hasSuffix("weight") }
        let norms = try gradients(of: loss, withRespectTo: weights.map(\.tensor)).map {
            try globalNorm($0).reshape([1])
        }
        let all = try concatenate(slopes, axis: 1)
        let dead = try compare(abs(all).max([0]), .equal, .constant(0)).mean()
        let executable = try context.backend.compile(
            Graph(outputs: [
                "norms": concatenate(norms), "slope": all.mean(), "dead": dead,
            ]))
        for (index, parameter) in pass.parameters.enumerated() {
            try context.backend.write(
                parameter.initializer.values(
                    shape: parameter.tensor.shape, fan: parameter.fan, seed: context.seed,
                    stream: UInt32(index)), to: executable.buffer(named: parameter.name))
        }
        for (stream, name) in ["x", "target"].enumerated() {
            try context.backend.write(
                context.uniform(samples * width, in: -1...1, stream: UInt32(stream)),
                to: executable.buffer(named: name))
        }
        try executable.run()
        func read(_ name: String) throws -> [Double] {
            try context.backend.read(executable.buffer(named: name))
        }
        return Stack(
            norms: try read("norms"), slope: try read("slope")[0], dead: try read("dead")[0])
    }
}
