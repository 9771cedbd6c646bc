import NNGraph
import Testing

@Suite struct PhiloxTests {
    /// Random123's known answers for philox4x32 with ten rounds: counter, seed, words.
    @Test(
        arguments: [
            (
                [0, 0, 0, 0], 0,
                [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
            ),
            (
                [.max, .max, .max, .max], .max,
                [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD]
            ),
            (
                [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], 0x299F_31D0_A409_3822,
                [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1]
            ),
        ] as [(SIMD4<UInt32>, UInt64, SIMD4<UInt32>)])
    func blockGivesTheKnownAnswers(
        counter: SIMD4<UInt32>, seed: UInt64, words: SIMD4<UInt32>
    ) {
        #expect(Philox(seed: seed).block(counter) == words)
    }

    @Test(arguments: [0, 3, 4, 1001, 0x12_3456_789B] as [UInt64])
    func bitsAreTheLanesOfTheBlockAtTheIndex(index: UInt64) {
        let generator = Philox(seed: 7)
        let low = UInt32(truncatingIfNeeded: index / 4)
        let block = generator.block([low, UInt32(index >> 34), 5, 6])
        #expect(generator.bits(index: index, step: 5, stream: 6) == block[Int(index % 4)])
    }

    @Test func uniformNumbersFillTheUnitIntervalEvenly() {
        let generator = Philox(seed: 1)
        var counts = [Int](repeating: 0, count: 10)
        for index in 0..<10_000 as Range<UInt64> {
            let number = generator.uniform(index: index, step: 0, stream: 0)
            #expect(number >= 0 && number < 1)
            #expect((number * 0x1p24).rounded() == number * 0x1p24)
            counts[Int(number * 10)] += 1
        }
        // Chi-square with 9 degrees of freedom: 27.9 is exceeded once in a thousand seeds.
        let chiSquare = counts.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 }
        #expect(chiSquare < 27.9)
    }

    @Test(arguments: [0, 1, 2, 7, 1000])
    func permutationHoldsEveryNumberOnce(count: Int) {
        let order = Philox(seed: 3).permutation(count: count, step: 0, stream: 0)
        #expect(order.sorted() == (0..<Int32(count)).map { $0 })
    }

    @Test func permutationDependsOnSeedStepAndStreamOnly() {
        let order = Philox(seed: 3).permutation(count: 100, step: 1, stream: 2)
        #expect(order == Philox(seed: 3).permutation(count: 100, step: 1, stream: 2))
        #expect(order != Philox(seed: 4).permutation(count: 100, step: 1, stream: 2))
        #expect(order != Philox(seed: 3).permutation(count: 100, step: 2, stream: 2))
        #expect(order != Philox(seed: 3).permutation(count: 100, step: 1, stream: 3))
    }

    @Test func permutationsOfThreeAreEquallyLikely() {
        let generator = Philox(seed: 5)
        var counts: [[Int32]: Int] = [:]
        for step in 0..<6000 as Range<UInt32> {
            counts[generator.permutation(count: 3, step: step, stream: 0), default: 0] += 1
        }
        #expect(counts.count == 6)
        // Chi-square with 5 degrees of freedom: 20.5 is exceeded once in a thousand seeds.
        let chiSquare = counts.values.reduce(0.0) {
            $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000
        }
        #expect(chiSquare < 20.5)
    }
}
