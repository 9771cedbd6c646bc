import NNGraph

/// An int32 that the reference computes with, and how far a device's may be from it.
///
/// Most int32s are exact. One that a float was truncated to is not where the float's own error reaches
/// over a whole number: rounding then decides, and two devices may be a whole step apart.
public struct ReferenceInteger: Hashable, Sendable {
    /// The number itself.
    public let value: Int32
    /// The largest distance that a device's number may have from ``value``.
    public let slack: UInt32

    /// Creates a number that every device has alike, unless a slack says otherwise.
    public init(_ value: Int32, slack: UInt32 = 0) {
        self.value = value
        self.slack = slack
    }

    /// Which of the places `0..<count` the number may be on a device.
    func places(below count: Int) -> Range<Int> {
        let low = Int(value) - Int(slack), end = Int(value) + Int(slack) + 1
        return (low..<end).clamped(to: 0..<Swift.min(count, Int(Int32.max) + 1))
    }
}

extension Int32 {
    /// The number without its fraction; the nearest int32 for what is beyond the range, 0 for NaN.
    init(saturating x: Double) {
        self = x.isNaN ? 0 : Int32(Swift.min(Swift.max(x, -0x1p31), 0x1p31 - 1))
    }
}
