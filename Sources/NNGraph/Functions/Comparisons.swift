/// 1 where the relation holds between the elements of `a` and `b`, else 0; broadcasting.
public func compare(
    _ a: Tensor, _ relation: Operation.Comparison, _ b: Tensor
) throws -> Tensor {
    try Tensor(.compare(relation), broadcastTogether(relation.rawValue, [a, b]))
}
/// `a` where the condition is not 0, else `b`; broadcasting.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) throws -> Tensor {
    try Tensor(.select, broadcastTogether("select", [condition, a, b]))
}

// Operators give 1 where the relation holds and 0 where it does not, or where a NaN takes part. There is
// no `==`: tensors are equal where they are the same node.

extension Tensor {
    /// 1 where `a > b`, else 0; broadcasting.
    public static func > (a: Tensor, b: Tensor) throws -> Tensor { try compare(a, .greater, b) }
    /// 1 where `a > b`, else 0.
    public static func > (a: Tensor, b: Double) throws -> Tensor {
        try compare(a, .greater, a.number(b))
    }
    /// 1 where `a > b`, else 0.
    public static func > (a: Double, b: Tensor) throws -> Tensor {
        try compare(b.number(a), .greater, b)
    }
    /// 1 where `a > b`, else 0.
    @_disfavoredOverload
    public static func > (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a > b.operandValue
    }
    /// 1 where `a > b`, else 0.
    @_disfavoredOverload
    public static func > (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue > b
    }

    /// 1 where `a ≥ b`, else 0; broadcasting.
    public static func >= (a: Tensor, b: Tensor) throws -> Tensor {
        try compare(a, .greaterEqual, b)
    }
    /// 1 where `a ≥ b`, else 0.
    public static func >= (a: Tensor, b: Double) throws -> Tensor {
        try compare(a, .greaterEqual, a.number(b))
    }
    /// 1 where `a ≥ b`, else 0.
    public static func >= (a: Double, b: Tensor) throws -> Tensor {
        try compare(b.number(a), .greaterEqual, b)
    }
    /// 1 where `a ≥ b`, else 0.
    @_disfavoredOverload
    public static func >= (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a >= b.operandValue
    }
    /// 1 where `a ≥ b`, else 0.
    @_disfavoredOverload
    public static func >= (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue >= b
    }

    /// 1 where `a < b`, else 0; broadcasting.
    public static func < (a: Tensor, b: Tensor) throws -> Tensor { try compare(a, .less, b) }
    /// 1 where `a < b`, else 0.
    public static func < (a: Tensor, b: Double) throws -> Tensor {
        try compare(a, .less, a.number(b))
    }
    /// 1 where `a < b`, else 0.
    public static func < (a: Double, b: Tensor) throws -> Tensor {
        try compare(b.number(a), .less, b)
    }
    /// 1 where `a < b`, else 0.
    @_disfavoredOverload
    public static func < (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a < b.operandValue
    }
    /// 1 where `a < b`, else 0.
    @_disfavoredOverload
    public static func < (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue < b
    }

    /// 1 where `a ≤ b`, else 0; broadcasting.
    public static func <= (a: Tensor, b: Tensor) throws -> Tensor { try compare(a, .lessEqual, b) }
    /// 1 where `a ≤ b`, else 0.
    public static func <= (a: Tensor, b: Double) throws -> Tensor {
        try compare(a, .lessEqual, a.number(b))
    }
    /// 1 where `a ≤ b`, else 0.
    public static func <= (a: Double, b: Tensor) throws -> Tensor {
        try compare(b.number(a), .lessEqual, b)
    }
    /// 1 where `a ≤ b`, else 0.
    @_disfavoredOverload
    public static func <= (a: Tensor, b: some ScalarOperand) throws -> Tensor {
        try a <= b.operandValue
    }
    /// 1 where `a ≤ b`, else 0.
    @_disfavoredOverload
    public static func <= (a: some ScalarOperand, b: Tensor) throws -> Tensor {
        try a.operandValue <= b
    }

    /// A number of this tensor's element type, to compare with.
    private func number(_ value: Double) throws -> Tensor {
        try .constant(value, .scalar, type.elementType)
    }
}
