/// A number type of Swift's, besides `Double`, that operators take next to a tensor.
///
/// It is for variables: literals are read as `Double`. In formulas of more than some twenty operators a few
/// such variables may be more than the compiler can work out; `Double(n)` helps it.
public protocol ScalarOperand {
    /// The number that the operator computes with.
    var operandValue: Double { get }
}

extension Int: ScalarOperand {
    /// The nearest `Double`.
    public var operandValue: Double { Double(self) }
}

extension Float: ScalarOperand {
    /// The number itself.
    public var operandValue: Double { Double(self) }
}
