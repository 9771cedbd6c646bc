import Foundation
import Testing

@testable import NNFiles

/// Files that are not to be trusted.
@Suite struct MalformedSafetensorsTests {
    /// A header, the number of bytes after it, and why it is refused.
    static let malformed: [(header: String, bytes: Int, reason: SafetensorsError.Reason)] = [
        ("", 0, .headerNotText),
        ("[]", 0, .headerNotText),
        (" {}", 0, .headerNotText),
        ("\u{FEFF}{}", 0, .headerNotText),
        ("{\u{0}}\u{0}", 0, .headerNotText),
        ("{", 0, .headerNotJSON),
        ("{}{}", 0, .headerNotJSON),
        ("{'a':1}", 0, .headerNotJSON),
        (String(repeating: #"{"a":"#, count: 100_000), 0, .headerNotJSON),
        ("{}", 1, .unclaimedBytes(1)),
        (#"{"__metadata__":{"a":1}}"#, 0, .malformedMetadata),
        (#"{"__metadata__":[]}"#, 0, .malformedMetadata),
        (#"{"__metadata__":{"a":"b","a":"c"}}"#, 0, .duplicateKey),
        (#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicateKey),
        (entry("w", offsets: "0,4", and: entry("w", offsets: "0,4")), 4, .duplicateKey),
        (entry("w", offsets: "0,4", and: entry(#"\u0077"#, offsets: "4,8")), 8, .duplicateKey),
        (#"{"w":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}"#, 4, .duplicateKey),
        (#"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0}}"#, 4, malformedEntry),
        (#"{"w":{"dtype":"F32","shape":[1]}}"#, 4, malformedEntry),
        (#"{"w":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}"#, 4, malformedEntry),
        (#"{"w":{"dtype":4,"shape":[1],"data_offsets":[0,4]}}"#, 4, malformedEntry),
        (#"{"w":4}"#, 4, malformedEntry),
        (entry("w", shape: "1.5", offsets: "0,4"), 4, malformedEntry),
        (entry("w", shape: "true", offsets: "0,4"), 4, malformedEntry),
        (entry("w", shape: "\"1\"", offsets: "0,4"), 4, malformedEntry),
        (entry("w", shape: "9223372036854775808", offsets: "0,4"), 4, malformedEntry),
        (entry("w", shape: "1e999", offsets: "0,4"), 4, malformedEntry),
        (entry("w", offsets: "0"), 4, malformedEntry),
        (entry("w", offsets: "0,4,8"), 8, malformedEntry),
        (entry("w", type: "U16", offsets: "0,2"), 2, .unsupportedType(tensor: "w", type: "U16")),
        (entry("w", type: "f32", offsets: "0,4"), 4, .unsupportedType(tensor: "w", type: "f32")),
        (entry("w", offsets: "0,4"), 3, .misplaced(tensor: "w", begin: 0, end: 4)),
        (entry("w", offsets: "-4,0"), 4, .misplaced(tensor: "w", begin: -4, end: 0)),
        (entry("w", offsets: "0,-4"), 4, .misplaced(tensor: "w", begin: 0, end: -4)),
        (entry("w", offsets: "4,0"), 4, .misplaced(tensor: "w", begin: 4, end: 0)),
        (entry("w", offsets: "4,8"), 8, .misplaced(tensor: "w", begin: 4, end: 8)),
        (
            entry("w", offsets: "0,9223372036854775807"), 4,
            .misplaced(tensor: "w", begin: 0, end: .max)
        ),
        (
            entry("v", offsets: "0,4", and: entry("w", offsets: "0,4")), 8,
            .misplaced(tensor: "w", begin: 0, end: 4)
        ),
        (
            entry("v", offsets: "0,4", and: entry("w", offsets: "2,6")), 8,
            .misplaced(tensor: "w", begin: 2, end: 6)
        ),
        (
            entry("v", offsets: "0,4", and: entry("w", offsets: "8,12")), 12,
            .misplaced(tensor: "w", begin: 8, end: 12)
        ),
        (entry("w", offsets: "0,4"), 8, .unclaimedBytes(4)),
        (entry("w", shape: "2", offsets: "0,4"), 4, mismatch([2], 4)),
        (entry("w", shape: "-1", offsets: "0,4"), 4, mismatch([-1], 4)),
        (entry("w", shape: "-1,-1", offsets: "0,4"), 4, mismatch([-1, -1], 4)),
        (entry("w", shape: "", offsets: "0,0"), 0, mismatch([], 0)),
        (
            entry("w", shape: "4294967296,4294967296,4", offsets: "0,0"), 0,
            mismatch([1 << 32, 1 << 32, 4], 0)
        ),
        (
            entry("w", shape: "9223372036854775807,9223372036854775807", offsets: "0,4"), 4,
            mismatch([.max, .max], 4)
        ),
        (entry("w", shape: "4611686018427387905", offsets: "0,4"), 4, mismatch([1 << 62 + 1], 4)),
    ]

    private static let malformedEntry = SafetensorsError.Reason.malformedEntry(tensor: "w")

    private static func mismatch(_ shape: [Int], _ bytes: Int) -> SafetensorsError.Reason {
        .sizeMismatch(tensor: "w", shape: shape, type: "F32", bytes: bytes)
    }

    private static func entry(
        _ name: String, type: String = "F32", shape: String = "1", offsets: String,
        and other: String = "{}"
    ) -> String {
        let rest = other.dropFirst().dropLast()
        return #"{"\#(name)":{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[\#(offsets)]}"#
            + (rest.isEmpty ? "" : ",") + rest + "}"
    }

    private func file(_ header: String, bytes: Int = 0) -> Data {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Data($0) }
            + Data(header.utf8) + Data(count: bytes)
    }

    @Test(arguments: malformed.indices) func aMalformedFileIsRefused(case index: Int) throws {
        let (header, bytes, reason) = Self.malformed[index]
        #expect(throws: SafetensorsError(reason), "\(header.prefix(100))") {
            try Safetensors(data: file(header, bytes: bytes))
        }
    }

    @Test func aLyingLengthIsRefused() throws {
        for count in 0..<8 {
            #expect(throws: SafetensorsError(.truncated(bytes: count))) {
                try Safetensors(data: Data(count: count))
            }
        }
        for length in [100_000_001, UInt64(Int.max), UInt64(Int.max) + 1, .max] {
            let data = withUnsafeBytes(of: length.littleEndian) { Data($0) } + Data("{}".utf8)
            #expect(throws: SafetensorsError(.headerTooLong(bytes: length))) {
                try Safetensors(data: data)
            }
        }
        let data = withUnsafeBytes(of: UInt64(3).littleEndian) { Data($0) } + Data("{}".utf8)
        #expect(throws: SafetensorsError(.truncated(bytes: 10))) { try Safetensors(data: data) }
        let invalid =
            withUnsafeBytes(of: UInt64(4).littleEndian) { Data($0) }
            + Data([UInt8(ascii: "{"), 0xC3, 0x28, UInt8(ascii: "}")])
        #expect(throws: SafetensorsError(.headerNotText)) { try Safetensors(data: invalid) }
    }

    @Test func unusualButValidFilesAreRead() throws {
        #expect(try Safetensors(data: file("{\"__metadata__\":null}")).metadata.isEmpty)
        let reversed = Self.entry("a", offsets: "4,8", and: Self.entry("b", offsets: "0,4"))
        #expect(try Safetensors(data: file(reversed, bytes: 8)).tensors.map(\.name) == ["b", "a"])
        let overlapping = Self.entry(
            "a", shape: "0", offsets: "4,4", and: Self.entry("b", offsets: "0,4"))
        #expect(try Safetensors(data: file(overlapping, bytes: 4)).tensors.count == 2)
        let colons = #"{"__metadata__":{"a:\":b":"::\\"}}"#
        #expect(try Safetensors(data: file(colons)).metadata == ["a:\":b": "::\\"])
    }

    @Test func noMutationOfAFileCrashesTheReader() throws {
        let seed = try Data(
            contentsOf: SafetensorsTests.golden.appending(path: "dtypes.safetensors"))
        let headerEnd = 8 + Int(seed[0]) + Int(seed[1]) << 8
        let tokens = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "-", "9", "e9", "null", "0.5", "\u{0}",
            "18446744073709551616", "\"shape\"", "\"w\"", "\\ud800", "é",
        ].map { Data($0.utf8) }
        var random = SplitMix(state: 7)
        var accepted = 0
        for _ in 0..<6000 {
            var content = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<headerEnd, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0 where place < content.count:
                    content[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 1 where !content.isEmpty:
                    let place = Int.random(in: 0..<content.count, using: &random)
                    content[place] = .random(in: 0...255, using: &random)
                case 2 where place < content.count:
                    let token = tokens.randomElement(using: &random) ?? Data()
                    content.insert(contentsOf: token, at: place)
                case 3:
                    content = content.prefix(Int.random(in: 0...content.count, using: &random))
                case 4 where place + 12 < content.count:
                    content.removeSubrange(place..<place + Int.random(in: 1...12, using: &random))
                default:
                    let digits = content.indices.filter { (48...57).contains(content[$0]) }
                    if let digit = digits.randomElement(using: &random) {
                        content[digit] = .random(in: 48...57, using: &random)
                    }
                }
            }
            do throws(SafetensorsError) {
                let file = try Safetensors(data: content)
                accepted += 1
                // What is accepted is whole: every tensor can be read, and it survives a round trip.
                for tensor in file.tensors {
                    #expect(tensor.shape.reduce(1, *) == tensor.count)
                    #expect(tensor.floats().count == tensor.count)
                    #expect(tensor.doubles().count == tensor.count)
                }
                let again = try Safetensors(data: file.encoded())
                #expect(again.metadata == file.metadata)
                #expect(again.tensors.count == file.tensors.count)
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(accepted > 100, "too few mutations survive for the second half of the test")
    }
}
