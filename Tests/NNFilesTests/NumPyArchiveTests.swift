import CZlib
import Foundation
import TestSupport
import Testing

@testable import NNFiles

@Suite struct NumPyArchiveTests {
    private static func number(_ value: Int, _ size: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// A zip archive as NumPy writes it: sizes are in the directory, and what stands in the headers of
    /// the members says nothing.
    private struct Zip {
        var members: [(name: String, contents: [UInt8])]
        var isDeflated = true
        var method: Int?
        var flags = 0
        var size: (Int) -> Int = { $0 }
        var checksum: (Int) -> Int = { $0 }
        var offset: (Int) -> Int = { $0 }
        var count: Int?
        var comment = "a comment"

        var bytes: [UInt8] {
            var archive: [UInt8] = []
            var directory: [UInt8] = []
            for (name, contents) in members {
                let data = isDeflated ? deflated(contents, windowBits: -MAX_WBITS) : contents
                let kind = number(flags, 2) + number(method ?? (isDeflated ? 8 : 0), 2)
                let sum = checksum(Int(crc32(0, contents, uInt(contents.count))))
                let start = archive.count
                let extra: [UInt8] = [1, 0, 2, 0, 7, 7]
                archive += [0x50, 0x4B, 3, 4, 45, 0] + kind + number(0, 4) + number(sum, 4)
                archive += number(0xFFFF_FFFF, 4) + number(0xFFFF_FFFF, 4)
                archive += number(name.utf8.count, 2) + number(extra.count, 2) + name.utf8 + extra
                archive += data
                directory +=
                    [0x50, 0x4B, 1, 2, 45, 3, 45, 0] + kind + number(0, 4) + number(sum, 4)
                directory += number(data.count, 4) + number(size(contents.count), 4)
                directory += number(name.utf8.count, 2) + number(extra.count, 2) + number(0, 10)
                directory += number(offset(start), 4) + name.utf8 + extra
            }
            let start = archive.count
            archive += directory + [0x50, 0x4B, 5, 6] + number(0, 4)
            archive += number(count ?? members.count, 2) + number(count ?? members.count, 2)
            archive += number(directory.count, 4) + number(start, 4)
            return archive + number(comment.utf8.count, 2) + comment.utf8
        }
    }

    private static let x = NumPyArray(shape: [4, 2], values: (0..<8).map(Float.init))
    private static let y = NumPyArray(shape: [4], values: [0, 1, 1, 0])

    private static func zip(_ names: String...) -> Zip {
        Zip(
            members: names.map { ("\($0).npy", ($0.lowercased().hasPrefix("x") ? x : y).encoded()) }
        )
    }

    @Test(arguments: [true, false])
    func arraysAreReadByName(isDeflated: Bool) throws {
        var zip = Self.zip("x", "labels")
        zip.isDeflated = isDeflated
        zip.members.append(("notes.txt", [1, 2, 3]))
        let archive = try NumPyArchive(zip.bytes, name: "a.npz")
        #expect(archive.names == ["x", "labels"])
        #expect(try archive.array(named: "x") == Self.x)
        #expect(try archive.array(named: "labels") == Self.y)
        #expect(try archive.array(named: "notes.txt") == nil)
    }

    @Test func weightsGoIntoAFileAndBack() throws {
        let weights = try Safetensors(
            [
                .init(name: "0.weight", shape: [2, 3], floats: [1, 2, 3, 4, 5, -0.1]),
                .init(name: "0.bias", shape: [2], floats: [7, 8]),
            ], metadata: ["nngpu": "anything"])
        let bytes = try weights.encodedAsNumPyArchive(name: "w.npz")
        #expect(try bytes == weights.encodedAsNumPyArchive(name: "w.npz"))
        let again = try Safetensors(NumPyArchive(bytes, name: "w.npz"))
        #expect(again.tensors == weights.tensors)
        #expect(again.metadata.isEmpty)
    }

    // MARK: - Malformed

    static let malformed: [Malformed] = {
        let valid = zip("x", "y").bytes
        func with(_ change: (inout Zip) -> Void) -> [UInt8] {
            var changed = zip("x", "y")
            change(&changed)
            return changed.bytes
        }
        return [
            Malformed("empty", [], "is empty"),
            Malformed("text", "hello", "no whole zip archive"),
            Malformed("truncated", valid.dropLast(), "no whole zip archive"),
            Malformed("second half", Array(valid.dropFirst(valid.count / 2)), "no whole zip"),
            Malformed("too many", with { $0.count = 3 }, "no whole zip archive"),
            Malformed("zip64", with { $0.count = 0xFFFF }, "4 GiB"),
            Malformed("zip64 size", with { $0.size = { _ in 0xFFFF_FFFF } }, "4 GiB"),
            Malformed("twice", zip("x", "x").bytes, "two members \"x.npy\""),
            Malformed("method", with { $0.method = 14 }, "\"x.npy\" encrypted or not deflated"),
            Malformed("encrypted", with { $0.flags = 1 }, "\"x.npy\" encrypted"),
            Malformed("check sum", with { $0.checksum = { $0 ^ 1 } }, "check sum is wrong"),
            Malformed("long", with { $0.size = { $0 - 1 } }, "more than the 159 bytes"),
            Malformed("short", with { $0.size = { $0 + 1 } }, "hold 160 bytes in place of 161"),
            Malformed(
                "stored", with { ($0.isDeflated, $0.size) = (false, { $0 + 1 }) }, "sizes differ"),
            Malformed("offset", with { $0.offset = { $0 + 1 } }, "not where the directory says"),
            Malformed("far away", with { $0.offset = { _ in 0x7FFF_FFFF } }, "not where"),
            Malformed("no deflate", with { ($0.isDeflated, $0.method) = (false, 8) }, "damaged"),
            Malformed(
                "bomb", with { $0.size = { _ in 0xFFFF_FFF0 } }, "more than the 4294967296 bytes"),
            Malformed(
                "no array", with { $0.members[0].contents = [1, 2] }, "array x does not begin with"),
        ]
    }()

    @Test(arguments: malformed)
    func malformedFilesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "a.npz", malformed.sentence) {
            let archive = try NumPyArchive(malformed.bytes, name: "a.npz")
            for name in archive.names { _ = try archive.array(named: name) }
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        for isDeflated in [true, false] {
            var zip = Self.zip("x", "y")
            zip.isDeflated = isDeflated
            let loaded = try loadable(of: 3000, from: zip.bytes) {
                let archive = try NumPyArchive($0, name: "a.npz")
                for name in archive.names { _ = try archive.array(named: name) }
            }
            #expect((1..<3000).contains(loaded))
        }
    }
}
