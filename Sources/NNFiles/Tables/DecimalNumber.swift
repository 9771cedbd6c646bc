extension Float {
    /// Reads a plain decimal number such as `-12.5` or `3e-4`, as well rounded as `Float(_:)` does it; nil for anything
    /// else, and for the few numbers that take more care.
    ///
    /// Up to 19 digits are exact as a whole number, and the powers of ten up to 10²² are exact in double precision
    /// (Clinger, 1990). So the number in double precision is off by four roundings at most: one of the digits, one of
    /// the digits left out, two of the power. Only where a midpoint between two `Float`s lies that near, which is so
    /// for one number in 10⁷ and for exact halves, does it take more digits to know which of them is nearer.
    init?(decimal text: UnsafeBufferPointer<UInt8>) {
        guard let (value, length) = Self.decimal(beginning: text), length == text.count else {
            return nil
        }
        self = value
    }

    /// Reads such a number at the beginning of some text, and says how many bytes it takes.
    static func decimal(
        beginning text: UnsafeBufferPointer<UInt8>
    ) -> (value: Float, length: Int)? {
        var position = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative || text.first == UInt8(ascii: "+") { position = 1 }

        var digits: UInt64 = 0
        var exponent = 0
        let start = position
        while position < text.count, let digit = digit(text[position]) {
            if digits < Self.digitLimit {
                digits = digits &* 10 &+ digit
            } else {
                exponent += 1
            }
            position += 1
        }
        var digitCount = position - start
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            let start = position
            while digits < Self.eightDigitLimit, text.count - position >= 8,
                let eight = eightDigits(UnsafeRawBufferPointer(text), at: position)
            {
                digits = digits &* 100_000_000 &+ eight
                exponent -= 8
                position += 8
            }
            while position < text.count, let digit = digit(text[position]) {
                if digits < Self.digitLimit {
                    digits = digits &* 10 &+ digit
                    exponent -= 1
                }
                position += 1
            }
            digitCount += position - start
        }
        guard digitCount > 0 else { return nil }
        if position < text.count, text[position] | 0x20 == UInt8(ascii: "e") {
            guard let given = Self.exponent(in: text, from: &position) else { return nil }
            exponent += given
        }
        if digits == 0 { return (isNegative ? -0.0 : 0, position) }

        guard let magnitude = Self.scaled(Double(digits), byPowerOfTen: exponent) else {
            return nil
        }
        // Below, floats have fewer digits; above, there are none.
        guard magnitude > 0x1p-125, magnitude < 0x1p127 else { return nil }
        // A `Float` has 29 bits less, so midpoints are where the first of these is 1 and all others are 0.
        let rest = Int(magnitude.bitPattern & (1 << 29 - 1)) - 1 << 28
        guard abs(rest) > 8 else { return nil }
        return (Float(isNegative ? -magnitude : magnitude), position)
    }

    private static func digit(_ byte: UInt8) -> UInt64? {
        let digit = byte &- UInt8(ascii: "0")
        return digit < 10 ? UInt64(digit) : nil
    }

    /// The number that eight digits write, all at once in one word; nil if there is anything else among them.
    private static func eightDigits(_ text: UnsafeRawBufferPointer, at position: Int) -> UInt64? {
        let word = UInt64(
            littleEndian: text.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        // Digits are 0x30 to 0x39: the upper half of each is 3, and still is with 6 more.
        let upperHalves = word & (word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
        guard upperHalves == 0x3030_3030_3030_3030 else { return nil }
        let ones = word & 0x0F0F_0F0F_0F0F_0F0F
        let pairs = (ones &* 10 &+ ones >> 8) & 0x00FF_00FF_00FF_00FF
        let fours = (pairs &* 100 &+ pairs >> 16) & 0x0000_FFFF_0000_FFFF
        return (fours &* 10_000 &+ fours >> 32) & 0xFFFF_FFFF
    }

    /// With less than this, there is room for one more digit.
    private static let digitLimit: UInt64 = 1_000_000_000_000_000_000
    /// With less than this, there is room for eight more.
    private static let eightDigitLimit: UInt64 = 10_000_000_000

    /// The number behind the `e` at a place, which moves behind it; nil if it has no digits or more than three.
    private static func exponent(
        in text: UnsafeBufferPointer<UInt8>, from position: inout Int
    ) -> Int? {
        position += 1
        guard position < text.count else { return nil }
        let isNegative = text[position] == UInt8(ascii: "-")
        if isNegative || text[position] == UInt8(ascii: "+") { position += 1 }
        let start = position
        var value = 0
        while position < text.count, let digit = digit(text[position]), position - start < 4 {
            value = value * 10 + Int(digit)
            position += 1
        }
        return (1...3).contains(position - start) ? isNegative ? -value : value : nil
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
