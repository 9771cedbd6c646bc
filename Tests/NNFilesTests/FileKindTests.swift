import Foundation
import TestSupport
import Testing

@testable import NNFiles

@Suite struct FileKindTests {
    /// The beginnings of files that the programs wrote whose formats these are.
    static let heads: [(kind: FileKind, bytes: [UInt8])] = [
        (.png, PNGFile.signature), (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0]),
        (.gif, Array("GIF87a".utf8) + [1, 0]), (.bmp, Array("BM".utf8) + [70, 0, 0, 0]),
        (.webp, Array("RIFF".utf8) + [36, 0, 0, 0] + Array("WEBPVP8 ".utf8)),
        (.tiff, [0x49, 0x49, 42, 0]), (.tiff, [0x4D, 0x4D, 0, 42]),
        (.heif, [0, 0, 0, 24] + Array("ftypheic".utf8)),
        (.numPy, NumPyArray(shape: [1], values: [1]).encoded()),
        (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
        (.parquet, Array("PAR1".utf8) + [0x15, 4, 0x15]),
        (.arrow, Array("ARROW1".utf8) + [0, 0]),
        (.pickle, [0x80, 4, 0x95, 16]), (.pickle, [0x80, 2, 0x7D, 0x71]),
        (.pyTorch, ZipArchive.signature + [0, 0] + zip("archive/data.pkl")),
        (.numPyArchive, ZipArchive.signature + [0, 0] + zip("x.npy")),
        (.excel, ZipArchive.signature + [0, 0] + zip("[Content_Types].xml")),
        (.zip, ZipArchive.signature), (.gzip, gzip([1])),
        (.bzip2, Array("BZh91AY&SY".utf8) + [0, 1]), (.utf16, [0xFF, 0xFE, 0x61, 0]),
        (.tar, Array("a".utf8) + [UInt8](repeating: 0, count: 256) + Array("ustar".utf8)),
    ]

    /// What stands between the signature and the end of the first member's name.
    private static func zip(_ name: String) -> [UInt8] {
        [UInt8](repeating: 0, count: 24) + Array(name.utf8)
    }

    @Test(arguments: heads.indices)
    func formatsAreKnownByTheirFirstBytes(index: Int) {
        let (kind, bytes) = Self.heads[index]
        #expect(FileKind.of(bytes) == kind)
        #expect(FileKind.of(bytes + [UInt8](repeating: 0, count: 2000)) == kind)
    }

    /// Columns may be called like the first letters of a format.
    @Test(arguments: ["BMI,age\n22,30\n", "PAR1,PAR2\n1,2\n", "GIF89a,b\n1,2\n", "1,2\n", ""])
    func tablesAreNoneOfThem(text: String) {
        #expect(FileKind.of(Array(text.utf8)) == nil)
    }

    @Test func allHaveASentence() {
        for kind in FileKind.allCases {
            let sentence = DataError.foreign(file: "f", kind).description
            #expect(sentence.hasPrefix("f is ") && sentence.hasSuffix("."))
            #expect(!sentence.contains("\n") && sentence.utf8.count < 160)
        }
    }

    /// Weights that `torch.save` wrote, now and before 1.6, and others.
    @Test func filesThatAreNoSafetensorsAreNamed() throws {
        let others: [FileKind] = [.pyTorch, .pickle, .hdf5, .gzip, .numPyArchive]
        for (kind, bytes) in Self.heads where others.contains(kind) {
            let error = #expect(throws: SafetensorsError.self) {
                _ = try Safetensors(data: Data(bytes + [UInt8](repeating: 0, count: 99)))
            }
            #expect(error?.reason == .foreign(kind))
            #expect(error?.description.contains("safetensors") == true)
        }
    }

    @Test func arraysThatAreNoneAreNamed() {
        for (kind, bytes) in Self.heads where kind != .numPy {
            let name = DataError.foreign(file: "x", kind).description
            expectDataError(saying: name) { _ = try NumPyArray(bytes, name: "x") }
            expectDataError(saying: name) { _ = try IDX(bytes, file: "x") }
        }
        for (kind, bytes) in Self.heads {
            guard !kind.isZip else { continue }
            expectDataError(saying: DataError.foreign(file: "x.npz", kind).description) {
                _ = try NumPyArchive(bytes, name: "x.npz")
            }
        }
    }
}
