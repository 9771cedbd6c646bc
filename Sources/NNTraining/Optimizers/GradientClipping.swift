import NNGraph

/// `√Σ g²` of the whole gradient; finite unless the result itself is too large a number.
public func globalNorm(_ gradient: Tensor) throws -> Tensor {
    let norm = try ScaledNorm(of: gradient)
    return try norm.unit * norm.ratio
}

/// The gradient, scaled down if its global norm exceeds `limit`: `g · min(1, limit/(norm + 10⁻⁶))`.
///
/// The 10⁻⁶ is that of PyTorch's `clip_grad_norm_`. Every finite gradient comes out with the norm that it
/// should have, and one that is not finite comes out as NaN.
public func clipped(_ gradient: Tensor, toNorm limit: Double) throws -> Tensor {
    let norm = try ScaledNorm(of: gradient)
    // `limit/norm` of a huge norm is too small a number, so that everything is divided by the unit first.
    let isHuge = try compare(norm.unit, .greater, .constant(0x1p64))
    let divisor = try select(isHuge, norm.unit, .constant(1))
    let relative = try select(isHuge, norm.ratio, norm.unit * norm.ratio)
    return try gradient / divisor * minimum(limit / (relative + 1e-6 / divisor), divisor)
}

/// A norm as the product of the gradient's largest magnitude and a number from 1 to the root of its count.
///
/// The squares of such numbers are at home in single precision; those of the gradient would be infinite from
/// 10¹⁹ on, or all zero below 10⁻²³.
private struct ScaledNorm {
    let unit: Tensor
    let ratio: Tensor

    init(of gradient: Tensor) throws {
        // A gradient of zeros has the norm 0 in any unit: the smallest normal number of single precision.
        unit = try maximum(abs(gradient).max(), .constant(0x1p-126))
        let scaled = try gradient / unit
        ratio = try sqrt((scaled * scaled).sum())
    }
}
