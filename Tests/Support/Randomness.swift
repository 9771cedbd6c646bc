/// Random choices that depend on a seed alone: SplitMix64 (Steele, Lea and Flood, 2014).
package struct Randomness: RandomNumberGenerator {
    private var state: UInt64

    package init(_ seed: UInt64) { state = seed }

    /// A seed from a text, by FNV-1a, because `Hasher` differs from process to process.
    package init(_ text: String) {
        state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number of an interval.
    package mutating func real(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * Double(next() >> 11) * 0x1p-53
    }

    /// A whole number of a range.
    package mutating func integer(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True as often as told.
    package mutating func bool(_ probability: Double = 0.5) -> Bool { real(0, 1) < probability }

    /// One of several things; there must be one.
    package mutating func choice<Element>(_ elements: [Element]) -> Element {
        elements[integer(0...elements.count - 1)]
    }
}
