// Everything here goes along the last axis.

/// `exp(x) / Σ exp(x)` along the last axis, finite for every finite input.
public func softmax(_ x: Tensor) throws -> Tensor { try Tensor(.softmax, [x]) }
/// The logarithm of ``softmax(_:)`` along the last axis.
public func logSoftmax(_ x: Tensor) throws -> Tensor { try Tensor(.logSoftmax, [x]) }
/// `log Σ exp(x)` along the last axis, which disappears.
public func logSumExp(_ x: Tensor) throws -> Tensor { try Tensor(.logSumExp, [x]) }
/// The loss of each row: logits `[…, n]` against int32 labels `[…]`.
public func softmaxCrossEntropy(_ logits: Tensor, _ labels: Tensor) throws -> Tensor {
    try Tensor(.softmaxCrossEntropy, [logits, labels])
}

/// `(x − mean) / √(variance + epsilon) · gain + bias` along the last axis, of n numbers, with the
/// variance that divides by n; gain and bias, [n], may be left out.
public func layerNorm(
    _ x: Tensor, gain: Tensor? = nil, bias: Tensor? = nil, epsilon: Double = 1e-5
) throws -> Tensor {
    try told(as: "layerNorm", [x, gain, bias].compactMap(\.self)) {
        let deviation = try x - x.mean([-1], keepingAxes: true)
        let variance = try square(deviation).mean([-1], keepingAxes: true)
        var result = try deviation / sqrt(variance + epsilon)
        let row = Shape(Array(x.shape.dimensions.suffix(1)))
        for given in [gain, bias].compactMap(\.self) where given.shape != row {
            throw x.misuse("layerNorm", "gain and bias must have the shape \(row)")
        }
        if let gain { result = try result * gain }
        if let bias { result = try result + bias }
        return result
    }
}
