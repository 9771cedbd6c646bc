import NNGraph

/// A number that the reference can compute with.
///
/// The loops of the reference are written once over this protocol: in `Double` they define what
/// every operation means, in `Float` they show what single precision makes of it, and in
/// ``Bounded`` they carry along how far a single-precision device may be from the truth.
public protocol ReferenceScalar: Sendable {
    /// The nearest number to a value.
    init(_ value: Double)
    /// The nearest number to an int32.
    init(_ integer: ReferenceInteger)
    /// The number itself.
    var value: Double { get }

    /// One function of one number.
    static func apply(_ function: Operation.Unary, _ x: Self) -> Self
    /// One function of two numbers.
    static func apply(_ function: Operation.Binary, _ a: Self, _ b: Self) -> Self
    /// The number without its fraction; the nearest int32 for what is beyond, 0 for NaN.
    func truncated() -> ReferenceInteger
    /// 1 where the relation holds, else 0.
    static func compare(_ relation: Operation.Comparison, _ a: Self, _ b: Self) -> Self
    /// 1 where the relation holds, else 0; exact also for int32s that a float cannot tell apart.
    static func compare(
        _ relation: Operation.Comparison, _ a: ReferenceInteger, _ b: ReferenceInteger
    ) -> Self
    /// `a` where the condition is not 0, else `b`.
    static func select(_ condition: Self, _ a: Self, _ b: Self) -> Self
    /// The sum of `term(0)` up to `term(count − 1)`, which a device may add in any order.
    static func sum(_ count: Int, _ term: (Int) -> Self) -> Self
    /// The sum of `a(i) · b(i)`, which a device may add in any order.
    static func dot(_ count: Int, _ a: (Int) -> Self, _ b: (Int) -> Self) -> Self
}

extension ReferenceScalar where Self: BinaryFloatingPoint {
    /// The number itself.
    @inline(__always)
    public var value: Double { Double(self) }

    /// The nearest number to an int32.
    public init(_ integer: ReferenceInteger) { self.init(integer.value) }

    /// The number without its fraction; the nearest int32 for what is beyond, 0 for NaN.
    public func truncated() -> ReferenceInteger { ReferenceInteger(Int32(saturating: value)) }

    /// 1 where the relation holds, else 0.
    @inline(__always)
    public static func compare(_ relation: Operation.Comparison, _ a: Self, _ b: Self) -> Self {
        let holds =
            switch relation {
            case .equal: a == b
            case .less: a < b
            case .lessEqual: a <= b
            case .greater: a > b
            case .greaterEqual: a >= b
            }
        return holds ? 1 : 0
    }

    /// 1 where the relation holds, else 0; Double tells all int32s apart, Float does not.
    public static func compare(
        _ relation: Operation.Comparison, _ a: ReferenceInteger, _ b: ReferenceInteger
    ) -> Self {
        Self(Double.compare(relation, Double(a.value), Double(b.value)))
    }

    /// `a` where the condition is not 0, else `b`.
    @inline(__always)
    public static func select(_ condition: Self, _ a: Self, _ b: Self) -> Self {
        condition != 0 ? a : b
    }

    /// The sum of the terms, first to last.
    @inline(__always)
    public static func sum(_ count: Int, _ term: (Int) -> Self) -> Self {
        var total: Self = 0
        for index in 0..<count { total += term(index) }
        return total
    }

    /// The sum of the products, first to last.
    @inline(__always)
    public static func dot(_ count: Int, _ a: (Int) -> Self, _ b: (Int) -> Self) -> Self {
        var total: Self = 0
        for index in 0..<count { total += a(index) * b(index) }
        return total
    }
}

extension Double: ReferenceScalar {
    /// One function of one number, by its textbook formula.
    @inline(__always)
    public static func apply(_ function: Operation.Unary, _ x: Self) -> Self {
        textbook(function, x)
    }

    /// One function of two numbers.
    @inline(__always)
    public static func apply(_ function: Operation.Binary, _ a: Self, _ b: Self) -> Self {
        textbook(function, a, b)
    }
}

extension Float: ReferenceScalar {
    /// One function of one number, by its textbook formula.
    @inline(__always)
    public static func apply(_ function: Operation.Unary, _ x: Self) -> Self {
        textbook(function, x)
    }

    /// One function of two numbers.
    @inline(__always)
    public static func apply(_ function: Operation.Binary, _ a: Self, _ b: Self) -> Self {
        textbook(function, a, b)
    }
}

extension MathFunctions {
    @inline(__always)
    fileprivate static func textbook(_ function: Operation.Unary, _ x: Self) -> Self {
        switch function {
        case .negate: -x
        case .absolute: Swift.abs(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .exp: exp(x)
        case .log: log(x)
        case .squareRoot: x.squareRoot()
        case .sin: sin(x)
        case .cos: cos(x)
        case .tanh: tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .relu: x <= 0 ? 0 : x
        case .softplus: (x <= 0 ? 0 : x) + log(onePlus: exp(-Swift.abs(x)))
        case .erf: erf(x)
        case .stopGradient: x
        }
    }

    @inline(__always)
    fileprivate static func textbook(_ function: Operation.Binary, _ a: Self, _ b: Self) -> Self {
        switch function {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .power: pow(a, b)
        case .maximum: a > b || a.isNaN ? a : b
        case .minimum: a < b || a.isNaN ? a : b
        }
    }
}
