import Foundation
import TestSupport
import Testing

@testable import NNFiles

@Suite struct SafetensorsTests {
    static let golden = URL(filePath: #filePath)
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
        #expect(content == Data([8, 0, 0, 0, 0, 0, 0, 0]) + Data("{}      ".utf8))
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
}
