// Operators of two tensors broadcast. Those of other numbers than `Double` are disfavored so that in
// `x * (1 / 2)` the compiler reads the literals as `Double`: as `Int` they would make it x · 0.

extension Tensor {
    /// `−x`.
    public static prefix func - (x: Tensor) throws -> Tensor { try Tensor(.unary(.negate), [x]) }

    /// `a + b`, broadcasting.
    public static func + (a: Tensor, b: Tensor) throws -> Tensor { try binary(.add, a, b) }
    /// `a + b`.
    public static func + (a: Tensor, b: Double) throws -> Tensor { try a + .constant(b) }
    /// `a + b`.
    public static func + (a: Double, b: Tensor) throws -> Tensor { try .constant(a) + b }
    /// `a + b`.
    @_disfavoredOverload
    public static func + (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a + b.operandValue
    }
    /// `a + b`.
    @_disfavoredOverload
    public static func + (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue + b
    }

    /// `a − b`, broadcasting.
    public static func - (a: Tensor, b: Tensor) throws -> Tensor { try binary(.subtract, a, b) }
    /// `a − b`.
    public static func - (a: Tensor, b: Double) throws -> Tensor { try a - .constant(b) }
    /// `a − b`.
    public static func - (a: Double, b: Tensor) throws -> Tensor { try .constant(a) - b }
    /// `a − b`.
    @_disfavoredOverload
    public static func - (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a - b.operandValue
    }
    /// `a − b`.
    @_disfavoredOverload
    public static func - (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue - b
    }

    /// `a · b` element by element, broadcasting.
    public static func * (a: Tensor, b: Tensor) throws -> Tensor { try binary(.multiply, a, b) }
    /// `a · b`.
    public static func * (a: Tensor, b: Double) throws -> Tensor { try a * .constant(b) }
    /// `a · b`.
    public static func * (a: Double, b: Tensor) throws -> Tensor { try .constant(a) * b }
    /// `a · b`.
    @_disfavoredOverload
    public static func * (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a * b.operandValue
    }
    /// `a · b`.
    @_disfavoredOverload
    public static func * (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue * b
    }

    /// `a / b` element by element, broadcasting.
    public static func / (a: Tensor, b: Tensor) throws -> Tensor { try binary(.divide, a, b) }
    /// `a / b`.
    public static func / (a: Tensor, b: Double) throws -> Tensor { try a / .constant(b) }
    /// `a / b`.
    public static func / (a: Double, b: Tensor) throws -> Tensor { try .constant(a) / b }
    /// `a / b`.
    @_disfavoredOverload
    public static func / (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a / b.operandValue
    }
    /// `a / b`.
    @_disfavoredOverload
    public static func / (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue / b
    }
}

/// `aᵇ` element by element, broadcasting.
public func power(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.power, a, b) }
/// The larger of two numbers, broadcasting; NaN if either is NaN.
public func maximum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.maximum, a, b) }
/// The smaller of two numbers, broadcasting; NaN if either is NaN.
public func minimum(_ a: Tensor, _ b: Tensor) throws -> Tensor { try binary(.minimum, a, b) }

private func binary(_ function: Operation.Binary, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try Tensor(.binary(function), broadcastTogether(function.rawValue, [a, b]))
}

/// The operands stretched to their common shape.
func broadcastTogether(_ name: String, _ operands: [Tensor]) throws -> [Tensor] {
    var common = Shape.scalar
    for operand in operands {
        guard let next = Shape.broadcast(common, operand.shape) else {
            throw GraphError.shape(
                operation: name, operands: operands.map(\.type),
                problem: "the shapes do not broadcast to a common one")
        }
        common = next
    }
    return try operands.map { try $0.broadcast(to: common) }
}
