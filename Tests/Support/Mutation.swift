import NNFiles
import NNGraph

/// Valid bytes with one to three random injuries, the same ones on every run.
package struct Mutation {
    private let generator: Philox
    private let round: UInt32
    private var draw: UInt64 = 0

    package init(seed: UInt64, round: UInt32) {
        generator = Philox(seed: seed)
        self.round = round
    }

    package mutating func apply(to original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(3) {
            let place = below(bytes.count + 1)
            switch below(6) {
            case 0: bytes.removeLast(bytes.count - place)
            case 1: bytes.insert(UInt8(below(256)), at: place)
            case 2: bytes.insert(contentsOf: bytes.prefix(below(9)), at: place)
            case 3 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
            case 4 where place < bytes.count: bytes[place] = [0, 0x7F, 0xFF, 0x22][below(4)]
            case 5 where place < bytes.count: bytes.remove(at: place)
            default: break
            }
        }
        return bytes
    }

    private mutating func below(_ count: Int) -> Int {
        defer { draw += 1 }
        return Int(generator.bits(index: draw, step: round, stream: 0) % UInt32(count))
    }
}

/// How many of the mutated inputs still load; any error but `DataError` is passed on.
package func loadable(
    of rounds: UInt32, from valid: [UInt8], load: ([UInt8]) throws -> Void
) throws -> Int {
    var count = 0
    for round in 0..<rounds {
        var mutation = Mutation(seed: 2026, round: round)
        do {
            try load(mutation.apply(to: valid))
            count += 1
        } catch is DataError {
            continue
        }
    }
    return count
}
