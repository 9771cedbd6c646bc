import TestSupport
import Testing

@testable import NNCompiler

/// A map of bytes agrees with an array of them.
@Suite struct ByteRangeMapTests {
    @Test(arguments: 1...100 as ClosedRange<UInt64>)
    func rangesAreWhatTheirBytesAre(seed: UInt64) {
        var random = Randomness(seed)
        var map = ByteRangeMap(0)
        var bytes = [Int](repeating: 0, count: 200)
        for step in 1...60 {
            let start = random.integer(0...198)
            let range = start..<random.integer(start + 1...199)
            if random.bool() {
                map.update(range) { $0 = max($0, step) }
                for byte in range { bytes[byte] = max(bytes[byte], step) }
            } else {
                #expect(map.values(in: range).max() == bytes[range].max())
                #expect(Set(map.values(in: range)) == Set(bytes[range]))
            }
        }
    }
}
