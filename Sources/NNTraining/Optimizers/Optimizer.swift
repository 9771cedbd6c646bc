import NNGraph

/// A rule that turns a gradient into a change of the parameters.
///
/// All parameters lie in one flat vector [count], and so does each state beside them, so a rule is
/// written once, element by element. What depends on the step alone is computed on the host in
/// double precision and handed over as scalars. The rules and defaults are PyTorch's.
public protocol Optimizer: Sendable {
    /// The states kept between steps, all zeros at first, by PyTorch's names.
    var stateNames: [String] { get }

    /// The numbers that one step needs; their count never changes. The first step is 1.
    func scalars(step: Int, learningRate: Double) -> [Double]

    /// The parameters and states after a step.
    func update(
        _ parameters: Tensor, gradient: Tensor, state: [Tensor], scalars: [Tensor]
    ) throws -> (parameters: Tensor, state: [Tensor])
}

/// The gradient of the loss plus that of `decay/2 · Σ θ²`: weight decay coupled to the gradient.
func decayed(_ gradient: Tensor, _ parameters: Tensor, _ decay: Double) throws -> Tensor {
    decay == 0 ? gradient : try gradient + parameters * decay
}
