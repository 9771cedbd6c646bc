/// A counter-based random generator: Philox4x32-10 (Salmon et al., SC'11).
///
/// It has no state to advance: a number is a function of the seed and of its place, so a device
/// that draws a million at once and a loop that draws one at a time get the same bits.
///
///     bits(index, step, stream) = block([index / 4 as two words, step, stream])[index % 4]
public struct Philox: Sendable {
    private let key: SIMD2<UInt32>

    /// Creates the generator whose key is the low and the high word of the seed.
    public init(seed: UInt64) {
        key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    }

    /// Returns the four random words that belong to a counter.
    public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
        var words = counter
        var key = key
        for _ in 0..<10 {
            let even = words[0].multipliedFullWidth(by: 0xD251_1F53)
            let odd = words[2].multipliedFullWidth(by: 0xCD9E_8D57)
            words = [
                odd.high ^ words[1] ^ key[0], odd.low,
                even.high ^ words[3] ^ key[1], even.low,
            ]
            key &+= [0x9E37_79B9, 0xBB67_AE85]
        }
        return words
    }

    /// Returns 32 random bits.
    public func bits(index: UInt64, step: UInt32, stream: UInt32) -> UInt32 {
        let quad = index / 4
        let low = UInt32(truncatingIfNeeded: quad)
        let high = UInt32(truncatingIfNeeded: quad >> 32)
        return block([low, high, step, stream])[Int(index % 4)]
    }

    /// Returns a multiple of 2⁻²⁴ in [0, 1), which `Float` and `Double` both hold exactly.
    public func uniform(index: UInt64, step: UInt32, stream: UInt32) -> Float {
        Float(bits(index: index, step: step, stream: stream) >> 8) * 0x1p-24
    }

    /// Returns the numbers 0 to `count` - 1 in random order, every order equally likely.
    ///
    /// `count` is at most `Int32.max`. For shuffling an epoch, `step` is the epoch.
    public func permutation(count: Int, step: UInt32, stream: UInt32) -> [Int32] {
        var order = Array(0..<Int32(count))
        // Fisher–Yates. 64 random bits a draw keep the bias of multiply-shift below 2⁻³², so that no
        // draw needs a second try and each one has a fixed place in the stream.
        for last in stride(from: UInt32(order.count), to: 1, by: -1) {
            let words = block([last, 0, step, stream])
            let random = UInt64(words[1]) << 32 | UInt64(words[0])
            let chosen = random.multipliedFullWidth(by: UInt64(last)).high
            order.swapAt(Int(last) - 1, Int(chosen))
        }
        return order
    }
}
