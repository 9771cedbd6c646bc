import Foundation
import Testing

@testable import NNTraining

@Suite struct SafetensorsTests {
    private static let golden = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden")

    private func recorded() throws -> Safetensors {
        try Safetensors(contentsOf: Self.golden.appending(path: "dtypes.safetensors"))
    }

    // MARK: - Reading what PyTorch wrote

    @Test func everyFileOfPythonIsReadAndWrittenAgainByteForByte() throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.golden.resolvingSymlinksInPath(), includingPropertiesForKeys: nil
        ).filter { $0.pathExtension == "safetensors" }
        #expect(files.count > 40)
        for file in files {
            let content = try Data(contentsOf: file)
            #expect(
                try Safetensors(data: content).encoded() == content, "\(file.lastPathComponent)")
        }
    }

    @Test func everyElementTypeHasItsValues() throws {
        let file = try recorded()
        let infinity = Float.infinity
        let common: [Float] = [0, -0.0, 1.5, -2.25, infinity, -infinity]
        #expect(file["f32"]?.floats().map(\.bitPattern) == common.map(\.bitPattern))
        #expect(file["f32"]?.shape == [2, 3])
        let half = try #require(file["f16"]).floats()
        #expect(half.prefix(8) == (common + [65504, Float(Float16(6e-8))])[...])
        #expect(half[1].sign == .minus && half[8].isNaN)
        let brain = try #require(file["bf16"]).floats()
        #expect(brain.prefix(6) == common[...])
        #expect(brain[6] == Float(bitPattern: 0x7F7F_0000) && brain[8].isNaN)
        let wide = try #require(file["f64"]).doubles()
        #expect(wide.prefix(5) == [.pi, -0.0, 1e300, Double.leastNonzeroMagnitude, .infinity])
        #expect(wide[5].isNaN)
        #expect(file["f64"]?.floats()[0] == Float.pi.nextUp)
        #expect(file["f64"]?.floats()[2] == infinity)
        #expect(file["i64.wide"]?.doubles() == [0x1p62, -0x1p63])
        #expect(try file["i64"]?.int32s() == [.max, .min, 0, 7])
        #expect(try file["i32"]?.int32s() == [.max, .min, 3])
        #expect(file["i32"]?.doubles() == [2_147_483_647, -2_147_483_648, 3])
        #expect(try file["i16"]?.int32s() == [32767, -32768, 5])
        #expect(try file["i8"]?.int32s() == [0, 1, -1, 100, -128, 127])
        #expect(try file["u8"]?.int32s() == [0, 1, 255])
        #expect(try file["bool"]?.int32s() == [1, 0, 1])
        #expect(file["bool"]?.floats() == [1, 0, 1])
        #expect(file["scalar"]?.shape == [])
        #expect(file["scalar"]?.floats() == [42.5])
        #expect(file["empty"]?.shape == [0, 3])
        #expect(file["empty"]?.floats() == [])
        #expect(file["naïve \"name\" / 0.weight\\"]?.floats() == [1, 2])
        #expect(file["absent"] == nil)
        #expect(file.metadata == ["case": "dtypes"])
    }

    @Test func notANumberKeepsItsPayload() throws {
        let tensor = try #require(try recorded()["f32.bits"])
        #expect(tensor.floats().map(\.bitPattern) == [0x7FC0_0000, 0x7FC0_1234, 0xFFC0_0001, 1])
    }

    @Test func integersAreRefusedWhereThereAreNone() throws {
        let file = try recorded()
        #expect(throws: SafetensorsError(.notIntegers(tensor: "f32", type: "F32"))) {
            try file["f32"]?.int32s()
        }
        let problem = SafetensorsError.Reason.integerOutOfRange(
            tensor: "i64.wide", index: 0, value: 1 << 62)
        #expect(throws: SafetensorsError(problem)) { try file["i64.wide"]?.int32s() }
    }

    // MARK: - Round trip

    @Test func whatIsWrittenIsReadBackBitForBit() throws {
        var random = SplitMix(state: 1)
        let patterns = (0..<1001).map { _ in UInt32(truncatingIfNeeded: random.next()) }
        let floats = patterns.map { Float(bitPattern: $0 & 0xFF80_0000 == 0x7F80_0000 ? 0 : $0) }
        let file = try Safetensors(
            [
                .init(name: "b", shape: [7, 143], floats: floats),
                .init(name: "labels", shape: [3], int32s: [.min, 0, .max]),
                .init(name: "", shape: [], floats: [.nan]),
                .init(name: "a\u{0}\n\"\\/é😀", shape: [2, 0, 9], floats: []),
            ],
            metadata: ["model": #"{"hidden": [3, "]"], "x": "\u00e9:"}"#, "": "\u{1}:\u{7F}\t😀"])
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "model.safetensors")
        try file.write(to: url)
        let read = try Safetensors(contentsOf: url)
        #expect(read["b"]?.floats().map(\.bitPattern) == floats.map(\.bitPattern))
        #expect(read.metadata == file.metadata)
        #expect(read.tensors.count == file.tensors.count)
        for tensor in file.tensors { #expect(read[tensor.name] == tensor) }
        #expect(try read.encoded() == file.encoded())
        #expect(try Array(Data(contentsOf: url).prefix(8))[0] % 8 == 0)
    }

    @Test func theOrderOfInsertionDoesNotShowInTheFile() throws {
        let tensors = try (0..<20).map {
            try Safetensors.Tensor(name: "\($0).weight", shape: [1], floats: [Float($0)])
        }
        let pairs = (0..<20).map { ("key\($0)", "\($0)") }
        let forward = try Safetensors(
            tensors, metadata: Dictionary(uniqueKeysWithValues: pairs))
        let backward = try Safetensors(
            tensors.reversed(), metadata: Dictionary(uniqueKeysWithValues: pairs.reversed()))
        #expect(try forward.encoded() == backward.encoded())
    }

    @Test func anEmptyFileHasAnEmptyHeader() throws {
        let content = try Safetensors().encoded()
        #expect(content == file("{}      "))
        #expect(try Safetensors(data: content).tensors.isEmpty)
    }

    @Test func aSliceOfLargerDataIsRead() throws {
        let content = try Data(contentsOf: Self.golden.appending(path: "dtypes.safetensors"))
        let slice = (Data(repeating: 0xFF, count: 5) + content + Data([1])).dropFirst(5).dropLast()
        #expect(try Safetensors(data: slice) == recorded())
    }

    @Test func contentThatCannotBeWrittenIsRefused() throws {
        let tensor = try Safetensors.Tensor(name: "w", shape: [1], floats: [0])
        #expect(throws: SafetensorsError(.duplicateName("w"))) {
            try Safetensors([tensor, tensor])
        }
        let reserved = try Safetensors.Tensor(name: "__metadata__", shape: [1], floats: [0])
        #expect(throws: SafetensorsError(.duplicateName("__metadata__"))) {
            try Safetensors([reserved])
        }
        for shape in [[2], [-1], [-1, -1], [Int.max, Int.max], [1, 0]] {
            #expect(throws: SafetensorsError.self) {
                try Safetensors.Tensor(name: "w", shape: shape, floats: [0])
            }
        }
    }

    // MARK: - Files that are not to be trusted

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

    @Test func theErrorNamesTheFile() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "broken.safetensors")
        try Data("hello".utf8).write(to: url)
        let message =
            "\(url.path) ends after 5 bytes, inside its header; copy or download it again."
        #expect {
            try Safetensors(contentsOf: url)
        } throws: {
            "\($0)" == message && $0.localizedDescription == message
        }
        for absent in [folder.url, folder.url.appending(path: "absent")] {
            #expect(throws: SafetensorsError.self) { try Safetensors(contentsOf: absent) }
        }
    }

    @Test func noMutationOfAFileCrashesTheReader() throws {
        let seed = try Data(contentsOf: Self.golden.appending(path: "dtypes.safetensors"))
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

@Suite struct AtomicFileTests {
    @Test func anExistingFileIsReplacedAndKeepsItsPermissions() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: String(repeating: "n", count: 255))
        try AtomicFile.write(Data("old".utf8), to: url)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: url.path)
        try AtomicFile.write(Data("new".utf8), to: url)
        #expect(try Data(contentsOf: url) == Data("new".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try folder.names == [url.lastPathComponent])
    }

    /// What could be run with its owner's rights were other bytes.
    @Test(arguments: [0o4755, 0o2755, 0o1644, 0o7777])
    func specialBitsAreNotKept(mode: Int) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1], as: "file")
        #expect(chmod(path, mode_t(mode)) == 0)
        try AtomicFile.write(Data([2]), to: URL(filePath: path))
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(Int(status.st_mode) & 0o7777 == mode & 0o777)
    }

    @Test func aFailureLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        let absent = folder.url.appending(path: "absent/file")
        #expect(throws: AtomicFileError(path: absent.path, step: .create, code: ENOENT)) {
            try AtomicFile.write(Data([1]), to: absent)
        }
        let inner = folder.url.appending(path: "inner")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: false)
        #expect(throws: AtomicFileError(path: inner.path, step: .inspect, code: EISDIR)) {
            try AtomicFile.write(Data([1]), to: inner)
        }
        // Too long a name is only found when the scratch file, written in full, is to be renamed.
        let long = folder.url.appending(path: String(repeating: "n", count: 256))
        #expect(throws: AtomicFileError(path: long.path, step: .rename, code: ENAMETOOLONG)) {
            try AtomicFile.write(Data([1]), to: long)
        }
        #expect(try folder.names == ["inner"])
    }

    @Test func aDeviceIsNotReplaced() throws {
        #expect(throws: AtomicFileError(path: "/dev/null", step: .inspect, code: EINVAL)) {
            try AtomicFile.write(Data([1]), to: URL(filePath: "/dev/null"))
        }
    }

    @Test func aLinkIsFollowed() throws {
        let folder = try TemporaryFolder()
        let target = folder.url.appending(path: "target")
        let link = folder.url.appending(path: "link")
        try AtomicFile.write(Data([1]), to: target)
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: target)
        try AtomicFile.write(Data([2]), to: link)
        #expect(try Data(contentsOf: target) == Data([2]))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == target.path)
    }

    @Test func concurrentWritersLeaveOneOfTheirFilesWhole() async throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "file")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in UInt8(0)..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        try AtomicFile.write(Data(repeating: writer, count: 100_000), to: url)
                        let content = try Data(contentsOf: url)
                        #expect(content.count == 100_000 && Set(content).count == 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try folder.names == ["file"])
    }
}

/// A small seeded generator, so that the fuzz test runs alike everywhere.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
