import NNGraph

/// `√Σ g²` of the whole gradient.
public func globalNorm(_ gradient: Tensor) throws -> Tensor {
    try sqrt((gradient * gradient).sum())
}

/// The gradient, scaled down if its global norm exceeds `limit`: `g · min(1, limit/(norm + 10⁻⁶))`.
///
/// The 10⁻⁶ is that of PyTorch's `clip_grad_norm_`.
public func clipped(_ gradient: Tensor, toNorm limit: Double) throws -> Tensor {
    try gradient * minimum(limit / (globalNorm(gradient) + 1e-6), .constant(1))
}
