/// A number type of Swift's, besides `Double`, that operators take next to a tensor.
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
