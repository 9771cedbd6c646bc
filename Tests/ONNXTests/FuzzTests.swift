import NNGraph
import NNModel
import NNTraining
import Testing

@testable import ONNX

@Suite struct FuzzTests {
    /// One to four injuries of a valid file, the same ones on every run, must give an error or a model.
    @Test(arguments: 0..<8)
    func injuredFilesNeverTrap(part: Int) throws {
        let own = try [UInt8](ONNXFile.encode(saved(everyLayer, inputShape: [5])))
        let others =
            try AffineForm.all.map {
                try [UInt8](foreign($0.nodes, weights, sample: $0.sample).serializedData())
            }
            + Formula.all.map {
                try [UInt8](
                    foreign(
                        [node("Gemm", ["x", "v"], "z")] + $0.nodes, weights + Formula.constants
                    ).serializedData())
            }
            + SpaceGraph.all.map {
                try [UInt8](
                    foreign($0.trained, $0.allConstants, sample: $0.sample).serializedData())
            }
        var (read, refused) = (0, 0)
        for round in 0..<4000 {
            // Foreign files are small, so that an injury meets their structure and not their weights.
            let file = round % 8 == 0 ? own : others[round % others.count]
            var draw = Draw(step: UInt32(part * 10_000 + round))
            let bytes = draw.injured(file)
            do {
                let model = try ONNXFile.decode(bytes)
                // What is read can be written and read again.
                _ = try ModelDescription(of: model)
                read += 1
            } catch is ONNXError {
                refused += 1
            } catch is ModelError {
                refused += 1
            } catch is GraphError {
                refused += 1
            }
        }
        // Both ways are met, or the injuries are too harsh or too mild to tell anything.
        #expect(read > 100 && refused > 100, "\(read) read, \(refused) refused")
    }
}

/// Injuries that a counter determines.
private struct Draw {
    private let generator = Philox(seed: 2026)
    private let step: UInt32
    private var index: UInt64 = 0

    init(step: UInt32) { self.step = step }

    mutating func injured(_ original: [UInt8]) -> [UInt8] {
        var bytes = original
        for _ in 0...below(4) {
            let place = below(bytes.count + 1)
            switch below(7) {
            case 0: bytes.removeLast(bytes.count - place)
            case 1: bytes.insert(UInt8(below(256)), at: place)
            case 2 where place < bytes.count: bytes[place] ^= 1 << UInt8(below(8))
            case 3 where place < bytes.count: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF][below(5)]
            case 4 where place < bytes.count: bytes.remove(at: place)
            case 5:
                // A piece of the file a second time: a node, a tensor or a part of one.
                let start = below(bytes.count + 1)
                bytes.insert(
                    contentsOf: bytes[start..<min(bytes.count, start + below(40))], at: place)
            case 6 where place < bytes.count: bytes[place] = UInt8(below(32))
            default: break
            }
        }
        return bytes
    }

    private mutating func below(_ count: Int) -> Int {
        defer { index += 1 }
        return Int(generator.bits(index: index, step: step, stream: 0) % UInt32(count))
    }
}
