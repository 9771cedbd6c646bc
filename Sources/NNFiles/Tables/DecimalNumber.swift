extension Float {
    /// Reads a plain decimal number such as `-12.5` or `3e-4`, as well rounded as `Float(_:)` does it; nil for anything
    /// else, and for the few numbers that take more care.
    ///
    /// Up to 19 digits are exact as a whole number, and the powers of ten up to 10²² are exact in double precision
    /// (Clinger, 1990). So the number in double precision is off by four roundings at most: one of the digits, one of
    /// the digits left out, two of the power. Only where a midpoint between two `Float`s lies that near, which is so
    /// for one number in 10⁷ and for exact halves, does it take more digits to know which of them is nearer.
    init?(decimal text: UnsafeBufferPointer<UInt8>) {
        var position = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { position = 1 }

        var digits: UInt64 = 0
        var exponent = 0
        var hasDigits = false
        var pointOffset = 0
        scan: while position < text.count {
            let byte = text[position]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                hasDigits = true
                if digits < Self.digitLimit {
                    digits = digits &* 10 &+ UInt64(digit)
                    exponent &+= pointOffset
                } else {
                    exponent &+= 1 &+ pointOffset
                }
            } else if byte == UInt8(ascii: "."), pointOffset == 0 {
                pointOffset = -1
            } else {
                break scan
            }
            position += 1
        }
        guard hasDigits else { return nil }
        if position < text.count {
            guard let given = Self.exponent(in: text, from: position) else { return nil }
            exponent += given
        }
        if digits == 0 {
            self = isNegative ? -0.0 : 0
            return
        }

        guard let magnitude = Self.scaled(Double(digits), byPowerOfTen: exponent) else {
            return nil
        }
        // Below, floats have fewer digits; above, there are none.
        guard magnitude > 0x1p-125, magnitude < 0x1p127 else { return nil }
        // A `Float` has 29 bits less, so midpoints are where the first of these is 1 and all others are 0.
        let rest = Int(magnitude.bitPattern & (1 << 29 - 1)) - 1 << 28
        guard abs(rest) > 8 else { return nil }
        self = Float(isNegative ? -magnitude : magnitude)
    }

    /// With less than this, there is room for one more digit.
    private static let digitLimit: UInt64 = 1_000_000_000_000_000_000

    /// The number behind an `e`, up to the end.
    private static func exponent(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
        var position = start + 1
        guard position < text.count else { return nil }
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
        guard (1...3).contains(text.count - position) else { return nil }
        var value = 0
        while position < text.count {
            let digit = text[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
            position += 1
        }
        return isNegative ? -value : value
    }

    /// A number times a power of ten, rounded twice at most; nil for powers that would take more.
    private static func scaled(_ number: Double, byPowerOfTen exponent: Int) -> Double? {
        let last = powersOfTen.count - 1
        return powersOfTen.withUnsafeBufferPointer { powers in
            switch exponent {
            case 0: number
            case 1...last: number * powers[exponent]
            case -last...(-1): number / powers[-exponent]
            case -2 * last..<(-last): number / powers[last] / powers[-exponent - last]
            default: nil
            }
        }
    }

    /// 1, 10, 100, … 10²², which `Double` holds exactly.
    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
