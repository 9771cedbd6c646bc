import NNGraph

/// How the errors of many roundings add up to one.
public protocol ErrorModel: Sendable {
    /// The error of a result that inherits two errors.
    static func combine(_ a: Double, _ b: Double) -> Double
    /// How many times the error of one rounding that of `count` roundings is.
    static func growth(_ count: Double) -> Double
}

/// All errors have the same sign: nothing can be worse, in whatever order a device adds.
public enum WorstCase: ErrorModel {
    /// `a + b`.
    public static func combine(_ a: Double, _ b: Double) -> Double { a + b }
    /// `n`.
    public static func growth(_ count: Double) -> Double { count }
}

/// Errors are independent of each other and of either sign.
///
/// Higham and Mary, *A New Approach to Probabilistic Rounding Error Analysis* (2019): `n` roundings
/// then cost no more than `λ√n` with a probability of `1 − 2exp(−λ²/2)`; λ is 6. Sums of many terms
/// cancel most of their errors, so this is the realistic bound for a whole model, where the worst
/// case allows almost anything; it does not hold for errors that are copies of each other.
public enum Independent: ErrorModel {
    /// `√(a² + b²)`.
    public static func combine(_ a: Double, _ b: Double) -> Double {
        (a * a + b * b).squareRoot()
    }
    /// `6√n`.
    public static func growth(_ count: Double) -> Double { 6 * count.squareRoot() }
}

/// A number with a bound that no device within the specification exceeds.
public typealias Bounded = ErrorTracking<WorstCase>

/// A number with a bound that a device within the specification is most unlikely to exceed.
public typealias LikelyBounded = ErrorTracking<Independent>

/// A number in double precision with a bound on how far single precision may be from it.
///
/// Running error analysis (Higham, *Accuracy and Stability of Numerical Algorithms*, §3.3): every
/// operation passes on the errors of its operands and adds what its own rounding may cost. The cost
/// of the functions is the accuracy that the OpenCL 1.2 specification demands (§7.4), that of a sum
/// grows with the number of its terms and the sum of their magnitudes, for every order of addition.
public struct ErrorTracking<Model: ErrorModel>: ReferenceScalar {
    /// The number in double precision.
    public let value: Double
    /// The largest distance that a single-precision result may have from ``value``.
    public let error: Double

    /// Half a unit in the last place of 1 in single precision: the relative cost of one rounding.
    private static var roundoff: Double { 0x1p-24 }
    /// The least normal number of single precision; devices may flush what is smaller to zero.
    private static var smallest: Double { 0x1p-126 }

    private init(_ value: Double, error: Double, roundings: Double) {
        self.value = value
        guard value.isFinite else {
            self.error = 0
            return
        }
        let own = Model.growth(roundings) * (Self.roundoff * Swift.abs(value) + Self.smallest)
        let total = roundings == 0 ? error : Model.combine(error, own)
        self.error = total.isNaN ? .infinity : total
    }

    /// The value as single precision stores it, off by no more than that rounding.
    public init(_ value: Double) {
        let stored = Double(Float(value))
        self.init(value, error: stored.isFinite ? Swift.abs(value - stored) : 0, roundings: 0)
    }

    /// An int32 as the nearest float, off by no more than that rounding and its own slack.
    public init(_ integer: ReferenceInteger) {
        guard integer.slack > 0 else {
            self.init(Double(integer.value))
            return
        }
        let exact = Self(exactly: integer)
        let largest = Swift.abs(exact.value) + exact.error
        self.init(exact.value, error: exact.error + Self.roundoff * largest, roundings: 0)
    }

    /// An int32 that nothing rounds.
    private init(exactly integer: ReferenceInteger) {
        self.init(Double(integer.value), error: Double(integer.slack), roundings: 0)
    }

    /// The number without its fraction, with a slack that covers what rounding may make of it.
    public func truncated() -> ReferenceInteger {
        let nearest = Int32(saturating: value)
        let (low, high) = (Int32(saturating: value - error), Int32(saturating: value + error))
        let slack = Swift.max(Int64(high) - Int64(nearest), Int64(nearest) - Int64(low))
        return ReferenceInteger(nearest, slack: UInt32(slack))
    }

    /// Whether a device's result is the value as far as single precision can tell.
    ///
    /// NaN matches only NaN. Beyond the range of single precision, infinity of the same sign does.
    public func admits(_ result: Float) -> Bool {
        if value.isNaN { return result.isNaN }
        let largest = Double(Float.greatestFiniteMagnitude)
        if result.isInfinite {
            return value.sign == result.sign && Swift.abs(value) + error > largest
        }
        return Swift.abs(value - Double(result)) <= error
    }

    /// One function of one number.
    public static func apply(_ function: Operation.Unary, _ x: Self) -> Self {
        let y = Double.apply(function, x.value)
        // Units in the last place that OpenCL grants, two roundings each.
        let roundings: Double =
            switch function {
            case .negate, .absolute, .sign, .relu, .stopGradient: 0
            case .exp, .log, .squareRoot: 6
            case .sin, .cos: 8
            case .tanh: 10
            case .erf: 32
            case .sigmoid: 14
            case .softplus: 16
            }
        guard x.error > 0 else { return Self(y, error: 0, roundings: roundings) }
        // Where a function is monotone, the ends of the interval tell; the others are no steeper than 1.
        let low: Double =
            switch function {
            case .log, .squareRoot: Swift.max(0, x.value - x.error)
            default: x.value - x.error
            }
        let spread =
            switch function {
            case .absolute: x.error
            case .sin, .cos: Swift.min(x.error, 1 + Swift.abs(y))
            default:
                Swift.max(
                    Swift.abs(Double.apply(function, low) - y),
                    Swift.abs(Double.apply(function, x.value + x.error) - y))
            }
        return Self(y, error: spread, roundings: roundings)
    }

    /// One function of two numbers.
    public static func apply(_ function: Operation.Binary, _ a: Self, _ b: Self) -> Self {
        let y = Double.apply(function, a.value, b.value)
        switch function {
        case .add, .subtract:
            return Self(y, error: Model.combine(a.error, b.error), roundings: 1)
        case .multiply:
            return Self(y, error: productError(a, b), roundings: 1)
        case .divide:
            let least = Swift.abs(b.value) - b.error
            let spread =
                least > 0
                ? Model.combine(a.error, Swift.abs(y) * b.error) / least
                : .infinity
            return Self(y, error: spread, roundings: 5)
        case .power:
            var spread = 0.0
            for base in [a.value - a.error, a.value + a.error] {
                for exponent in [b.value - b.error, b.value + b.error] {
                    let corner = Double.apply(.power, Swift.max(0, base), exponent)
                    spread = Swift.max(spread, Swift.abs(corner - y))
                }
            }
            let exact = a.error == 0 && b.error == 0
            return Self(y, error: exact ? 0 : spread, roundings: 32)
        case .maximum, .minimum:
            return Self(y, error: Swift.max(a.error, b.error), roundings: 0)
        }
    }

    /// 1 where the relation holds, else 0; off by 1 where rounding may decide otherwise.
    public static func compare(
        _ relation: Operation.Comparison, _ a: Self, _ b: Self
    ) -> Self {
        let slack = a.error + b.error
        let undecided = slack > 0 && Swift.abs(a.value - b.value) <= slack
        return Self(
            Double.compare(relation, a.value, b.value), error: undecided ? 1 : 0, roundings: 0)
    }

    /// 1 where the relation holds, else 0; off by 1 where the slack may decide otherwise.
    public static func compare(
        _ relation: Operation.Comparison, _ a: ReferenceInteger, _ b: ReferenceInteger
    ) -> Self {
        compare(relation, Self(exactly: a), Self(exactly: b))
    }

    /// `a` where the condition is not 0, else `b`; either where rounding may decide otherwise.
    public static func select(_ condition: Self, _ a: Self, _ b: Self) -> Self {
        let (taken, other) = condition.value != 0 ? (a, b) : (b, a)
        guard condition.error > 0 else { return taken }
        let distance = Swift.abs(taken.value - other.value)
        return Self(
            taken.value, error: Swift.max(taken.error, distance + other.error), roundings: 0)
    }

    /// The sum of the terms, in whatever order the device adds them.
    public static func sum(_ count: Int, _ term: (Int) -> Self) -> Self {
        var (total, magnitude, error) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            let x = term(index)
            total += x.value
            magnitude += Swift.abs(x.value)
            error = Model.combine(error, x.error)
        }
        return summed(count, total, magnitude, error)
    }

    /// The sum of the products, in whatever order the device adds them.
    public static func dot(
        _ count: Int, _ a: (Int) -> Self, _ b: (Int) -> Self
    ) -> Self {
        var (total, magnitude, error) = (0.0, 0.0, 0.0)
        for index in 0..<count {
            let (x, y) = (a(index), b(index))
            let product = x.value * y.value
            total += product
            magnitude += Swift.abs(product)
            error = Model.combine(error, productError(x, y))
        }
        // Each product is rounded once more than a term of a plain sum.
        return summed(count + 1, total, magnitude, error)
    }

    private static func productError(_ a: Self, _ b: Self) -> Double {
        // A factor of exactly 0 silences an infinite error, as it does on the device.
        let left = a.error == 0 ? 0 : a.error * (Swift.abs(b.value) + b.error)
        let right = b.error == 0 ? 0 : b.error * Swift.abs(a.value)
        return Model.combine(left, right)
    }

    private static func summed(
        _ count: Int, _ total: Double, _ magnitude: Double, _ error: Double
    ) -> Self {
        let own = Model.growth(Double(count)) * (roundoff * magnitude + smallest)
        return Self(total, error: Model.combine(error, own), roundings: 0)
    }
}
