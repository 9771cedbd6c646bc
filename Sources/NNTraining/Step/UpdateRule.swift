import NNGraph
import NNModel

/// What is made of a gradient: clipping, and the optimizer of each group of parameters.
struct UpdateRule: Sendable {
    let layout: ParameterLayout
    let optimizer: any Optimizer
    let groups: [ParameterGroup]
    let clipNorm: Double?

    private var optimizers: [any Optimizer] {
        [optimizer] + groups.map { $0.optimizer ?? optimizer }
    }

    /// The numbers that a step needs besides the gradient, for the optimizer of each group.
    func scalars(step: Int, learningRate: Double) -> [Double] {
        zip(optimizers, [1] + groups.map(\.learningRateFactor)).flatMap { optimizer, factor in
            optimizer.scalars(step: step, learningRate: learningRate * factor)
        }
    }

    /// The parameters and the optimizer's states, each with what it becomes.
    func update(
        _ parameters: Tensor, by gradient: Tensor
    ) throws -> [(parameter: Tensor, value: Tensor)] {
        var gradient = gradient
        if let clipNorm {
            gradient = try Origin.within(Origin("the clipping of the gradient")) {
                try clipped(gradient, toNorm: clipNorm)
            }
        }
        let state = try optimizer.stateNames.map {
            try Tensor.parameter(TrainingGraphs.Name.state($0), [layout.count])
        }
        let scalars = try scalarTensors()
        let updated = try Origin.within(Origin("the optimizer")) { [gradient] in
            guard !groups.isEmpty else {
                return try optimizer.update(
                    parameters, gradient: gradient, state: state, scalars: scalars[0])
            }
            let parts = try layout.groups.enumerated().filter { !$1.isEmpty }.map { place, range in
                try optimizers[place].update(
                    parameters.slice(range), gradient: gradient.slice(range),
                    state: state.map { try $0.slice(range) }, scalars: scalars[place])
            }
            return (
                parameters: try concatenate(parts.map(\.parameters)),
                state: try state.indices.map { index in
                    try concatenate(parts.map { $0.state[index] })
                }
            )
        }
        return [(parameters, updated.parameters)] + zip(state, updated.state).map { ($0, $1) }
    }

    /// The scalars of each group.
    private func scalarTensors() throws -> [[Tensor]] {
        let counts = optimizers.map { $0.scalars(step: 1, learningRate: 0).count }
        let all = try Tensor.input(TrainingGraphs.Name.scalars, [counts.reduce(0, +)])
        var next = 0
        return try counts.map { count in
            defer { next += count }
            return try (next..<next + count).map { try all.slice($0..<$0 + 1).reshape(.scalar) }
        }
    }
}

/// Parameters that an optimizer treats otherwise than the rest.
public struct ParameterGroup: Sendable {
    /// Which parameters these are, as in a shell: `*.bias`, or ``ParameterLayout/vectors``.
    public let pattern: String
    /// The optimizer, with the same states as that of the rest; nil for the same one.
    public let optimizer: (any Optimizer)?
    /// What the learning rate is multiplied by.
    public let learningRateFactor: Double

    /// Describes a group.
    public init(
        _ pattern: String, optimizer: (any Optimizer)? = nil, learningRateFactor: Double = 1
    ) {
        self.pattern = pattern
        self.optimizer = optimizer
        self.learningRateFactor = learningRateFactor
    }
}
