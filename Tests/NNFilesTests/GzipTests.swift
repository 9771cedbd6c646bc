import TestSupport
import Testing

@testable import NNFiles

@Suite struct GzipTests {
    private static let text = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }

    @Test(arguments: [0, 1, 1 << 18, (1 << 18) + 1, 1_000_003])
    func inflateUndoesGzip(count: Int) throws {
        let text = Array(Self.text.prefix(count))
        #expect(try Gzip.inflate(gzip(text), file: "f", limit: count) == text)
    }

    @Test func membersAreConcatenated() throws {
        let members = gzip([1, 2]) + gzip([]) + gzip([3])
        #expect(try Gzip.inflate(members, file: "f", limit: 3) == [1, 2, 3])
    }

    /// Python 3.11: `gzip.compress(b"ab", mtime=0) + gzip.compress(b"c", mtime=0)`, which it reads as `abc`, also with
    /// zeros behind it.
    @Test func pythonsMembersAreRead() throws {
        let members: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 75, 76, 2, 0, 109, 72, 131, 158, 2, 0, 0, 0,
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 75, 6, 0, 111, 223, 185, 6, 1, 0, 0, 0,
        ]
        for zeros in [0, 1, 2, 511, 1 << 19] {
            let padded = members + [UInt8](repeating: 0, count: zeros)
            for size in [1, 5, .max] {
                var stream = Gzip.stream(of: ByteStream(padded, name: "f", pieceSize: size))
                #expect(try Array(stream.take(100)) == Array("abc".utf8))
            }
        }
        #expect(
            try Gzip.inflate(members + [0, 0] + members, file: "f", limit: 9)
                == Array("abcabc".utf8))
    }

    @Test func moreThanTheLimitIsRefused() {
        let bomb = gzip([UInt8](repeating: 0, count: 50_000_000))
        expectDataError(saying: "bomb.gz holds more than the 1000 bytes") {
            _ = try Gzip.inflate(bomb, file: "bomb.gz", limit: 1000)
        }
    }

    static let malformed: [Malformed] = {
        let valid = gzip(Array(text.prefix(1000)))
        var wrongSum = valid
        wrongSum[valid.count - 8] ^= 1
        var wrongLength = valid
        wrongLength[valid.count - 1] ^= 1
        var wrongBlock = valid
        wrongBlock[10] = 0xFF
        return [
            Malformed("empty", [], "byte 0: the gzip data end too early"),
            Malformed("text", "hello", "byte 0: this is not gzip data"),
            Malformed("one byte", [0x1F], "end too early"),
            Malformed("header only", Array(valid.prefix(10)), "byte 10: the gzip data end"),
            Malformed("half", Array(valid.prefix(valid.count / 2)), "end too early"),
            Malformed("no trailer", Array(valid.dropLast(3)), "end too early"),
            Malformed("check sum", wrongSum, "damaged (incorrect data check)"),
            Malformed("length", wrongLength, "damaged (incorrect length check)"),
            Malformed("block", wrongBlock, "damaged (invalid block type)"),
            Malformed(
                "trailing text", valid + [1, 2], "byte \(valid.count): the gzip data have ended"),
            Malformed(
                "text behind zeros", valid + [0, 0, 1], "byte \(valid.count + 2): the gzip data"),
            Malformed("trailing half", valid + valid.prefix(12), "end too early"),
            Malformed("method", [0x1F, 0x8B, 7, 0, 0, 0], "unknown compression method"),
        ]
    }()

    @Test(arguments: malformed)
    func malformedDataAreRefused(case malformed: Malformed) {
        expectDataError(saying: "f.gz", malformed.sentence) {
            _ = try Gzip.inflate(malformed.bytes, file: "f.gz", limit: 1 << 20)
        }
    }
}
