// Functions of one number, applied to each element.

/// `|x|`; the derivative at 0 is 0.
public func abs(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.absolute), [x]) }
/// −1, 0 or 1.
public func sign(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.sign), [x]) }
/// `eˣ`.
public func exp(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.exp), [x]) }
/// The natural logarithm.
public func log(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.log), [x]) }
/// `√x`.
public func sqrt(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.squareRoot), [x]) }
/// The sine of an angle in radians.
public func sin(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.sin), [x]) }
/// The cosine of an angle in radians.
public func cos(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.cos), [x]) }
/// The hyperbolic tangent.
public func tanh(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.tanh), [x]) }
/// The Gauss error function.
public func erf(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.erf), [x]) }
/// `1 / (1 + e⁻ˣ)`.
public func sigmoid(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.sigmoid), [x]) }
/// `max(x, 0)`; the derivative at 0 is 0.
public func relu(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.relu), [x]) }
/// `log(1 + eˣ)`.
public func softplus(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.softplus), [x]) }
/// `x` where it is positive, else `slope · x`; the derivative at 0 is `slope`.
public func leakyReLU(_ x: Tensor, slope: Double = 0.01) throws -> Tensor {
    try select(compare(x, .greater, .constant(0)), x, x * slope)
}
/// `x · Φ(x)` with the exact normal distribution: `x/2 · (1 + erf(x/√2))`.
public func gelu(_ x: Tensor) throws -> Tensor {
    try x * 0.5 * (erf(x * 0.5.squareRoot()) + 1)
}

/// The approximation of ``gelu(_:)`` by tanh that GPT-2 has (Hendrycks and Gimpel, 2016):
/// `x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))`, computed as the sigmoid that this is.
public func geluTanh(_ x: Tensor) throws -> Tensor {
    let scale = 2 * (2 / Double.pi).squareRoot()
    return try x * sigmoid(x * (x * x * (scale * 0.044715) + scale))
}

/// `x` itself, which derivatives take for a constant; on a device it costs nothing.
public func stopGradient(_ x: Tensor) throws -> Tensor { try Tensor(.unary(.stopGradient), [x]) }

/// `x²`.
public func square(_ x: Tensor) throws -> Tensor { try x * x }
/// `1 / √x`.
public func rsqrt(_ x: Tensor) throws -> Tensor { try 1 / sqrt(x) }

/// `xᵖ` for one exponent.
///
/// The exponents 0, 1, 2, 3, ½ and −1 are computed without the general power; their derivatives of every
/// order are right at 0, too. A negative number has a power for whole exponents, else NaN.
public func power(_ x: Tensor, _ exponent: Double) throws -> Tensor {
    guard x.type.elementType == .float else {
        throw x.misuse("power", "the operands must be float")
    }
    return switch exponent {
    case 0: try .ones(x.shape)
    case 1: x
    case 2: try square(x)
    case 3: try square(x) * x
    case 0.5: try sqrt(x)
    case -1: try 1 / x
    default: try power(x, .constant(exponent))
    }
}

/// `x` where it lies between the bounds, else the bound that it is beyond; NaN stays NaN.
///
/// The derivative is 1 from bound to bound, at the bounds as well, and 0 beyond them. Without a bound
/// there is no limit on that side.
///
/// - Throws: ``GraphError`` if `min` is above `max` or a bound is NaN.
public func clip(_ x: Tensor, min: Double? = nil, max: Double? = nil) throws -> Tensor {
    guard min ?? -.infinity <= max ?? .infinity else {
        throw x.misuse("clip", "nothing lies between \(min ?? -.infinity) and \(max ?? .infinity)")
    }
    return try told(as: "clip", [x]) {
        var result = x
        if let max { result = try select(x > max, .constant(max), result) }
        if let min { result = try select(x < min, .constant(min), result) }
        return result
    }
}

extension Tensor {
    /// The numbers as another element type; float and int32 become each other.
    ///
    /// An int32 becomes the nearest float: up to 2²⁴ that is the number itself. A float loses its
    /// fraction, as 2.7 becomes 2 and −2.7 becomes −2; beyond the range it becomes the nearest int32, and
    /// NaN becomes 0, on every backend. Derivatives end here.
    public func convert(to elementType: ElementType) throws -> Tensor {
        elementType == type.elementType ? self : try Tensor(.convert(elementType), [self])
    }
}
