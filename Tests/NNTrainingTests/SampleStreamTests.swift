import Foundation
import NNFiles
import NNGraph
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct SampleStreamTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Six samples of two features in each format.
    static let tables: [(format: SampleStream.Format, bytes: [UInt8], features: [Float])] = {
        let numbers = (0..<12).map { Float($0) / 4 - 1 }
        let bytes = (0..<12).map { UInt8(23 * $0) }
        let images = bytes.map { Float($0) / 255 }
        let csv =
            "a,b\r\n" + (0..<6).map { "\"\(numbers[2 * $0])\",\(numbers[2 * $0 + 1])\r\n" }.joined()
        let idx = [0, 0, 8, 2, 0, 0, 0, 6, 0, 0, 0, 2] + bytes
        let png = (0..<6).flatMap { row in
            PNGFile(width: 2, height: 1) { x, _ in [Int(bytes[2 * row + x])] }.bytes
        }
        return [
            (.csv, Array(csv.utf8), numbers),
            (.npy, NumPyArray(shape: [6, 2], values: numbers).encoded(), numbers),
            (.idx, idx, images), (.png, png, images), (.raw, bytes, images),
        ]
    }()

    private static func read(
        _ stream: ByteStream, format: SampleStream.Format? = nil, shape: Shape = [2],
        portion: Int = 4
    ) throws -> [Float] {
        var reader = try SampleStream.reader(
            of: stream, format: format, for: ModelInput("x", shape))
        #expect(reader.sampleShape.checkedProduct == 2)
        var features: [Float] = []
        while case let next = try reader.next(portion), !next.isEmpty {
            #expect(next.count <= 2 * portion)
            features += next
        }
        return features
    }

    @Test(arguments: tables.map(\.format))
    func samplesAreTheSameInPiecesAndPortionsOfAnySize(format: SampleStream.Format) throws {
        let table = try #require(Self.tables.first { $0.format == format })
        for (bytes, name) in [(table.bytes, "x"), (gzip(table.bytes), "x.gz")] {
            for size in [1, 2, 3, 7, 64, .max] {
                for portion in [1, 4, 6, 100] {
                    let stream = ByteStream(bytes, name: name, pieceSize: size)
                    let features = try Self.read(
                        stream, format: format == .raw ? .raw : nil, portion: portion)
                    #expect(features == table.features)
                }
            }
        }
    }

    @Test func aRowMayNotGoOnForever() throws {
        let endless = ByteStream(name: "e.csv") { () throws(DataError) in
            [UInt8](repeating: UInt8(ascii: "1"), count: 1 << 20)
        }
        expectDataError(saying: "e.csv, line 1", "does not end within 16777216 bytes") {
            _ = try Self.read(endless)
        }
    }

    @Test func aHeaderThatLiesTakesNoMemory() {
        let header = NumPyArray.header(for: [1 << 40, 2])
        var piece = header
        // A pipe, of which nobody knows how long it is.
        func pipe() -> ByteStream {
            piece = header
            return ByteStream(name: "x.npy") { () throws(DataError) in
                defer { piece = [] }
                return piece
            }
        }
        expectDataError(saying: "x.npy is truncated: its header announces", "and 0 follow") {
            _ = try Self.read(pipe(), portion: 1 << 40)
        }
        expectDataError(saying: "x.npy is truncated: its header announces", "and 0 follow") {
            _ = try Self.read(ByteStream(header, name: "x.npy"))
        }
    }

    @Test(arguments: [SampleStream.Format.npy, .idx])
    func bytesBehindTheArrayAreRefused(format: SampleStream.Format) throws {
        let table = try #require(Self.tables.first { $0.format == format })
        expectDataError(saying: "x is too long") {
            _ = try Self.read(ByteStream(table.bytes + [0], name: "x"))
        }
        expectDataError(saying: "x is too long: more follow") {
            _ = try Self.read(ByteStream(gzip(table.bytes + [0]), name: "x"))
        }
        expectDataError(saying: "x is truncated") {
            _ = try Self.read(ByteStream(gzip(table.bytes.dropLast()), name: "x"))
        }
    }

    @Test func brokenSamplesAreNamed() throws {
        expectDataError(saying: "r ends inside of sample 2, after 1 of its 2 bytes") {
            _ = try Self.read(ByteStream([1, 2, 3, 4, 5], name: "r"), format: .raw, portion: 1)
        }
        // Pixels may look like the beginning of gzip data.
        let pixels = Gzip.signature
        #expect(
            try Self.read(ByteStream(pixels, name: "r"), format: .raw)
                == pixels.map { Float($0) / 255 })
        var values = [Float](repeating: 0, count: 12)
        values[9] = .nan
        let array = NumPyArray(shape: [6, 2], values: values).encoded()
        expectDataError(saying: "x.npy, element 9 of") {
            _ = try Self.read(ByteStream(array, name: "x.npy"), portion: 2)
        }
        expectDataError(saying: "z.npz is a zip archive, which is not read here") {
            _ = try Self.read(ByteStream(ZipArchive.signature, name: "z.npz"))
        }
    }

    // MARK: - Inputs

    private func write(_ format: SampleStream.Format, as name: String) throws -> String {
        let table = try #require(Self.tables.first { $0.format == format })
        return try folder.write(table.bytes, as: name)
    }

    @Test func inputsOfAllFormatsFollowEachOther() throws {
        let inputs = try [
            write(.csv, as: "a.csv"), write(.npy, as: "b.npy"), write(.raw, as: "c.RAW"),
            folder.write(gzip(Self.tables[2].bytes), as: "d"),
        ]
        for limit in [1, 5, 100] {
            var stream = try SampleStream(inputs, for: ModelInput("x", [1, 2]))
            #expect(!stream.areFiles)
            var (features, files): ([Float], [String]) = ([], [])
            while case let portion = try stream.next(limit), !portion.files.isEmpty {
                #expect(portion.features.count == 2 * portion.files.count)
                #expect(portion.files.count == limit || files.count + portion.files.count == 24)
                features += portion.features
                files += portion.files
            }
            let tables = [0, 1, 4, 2].flatMap { Self.tables[$0].features }
            #expect(features == tables)
            #expect(files == inputs.flatMap { [String](repeating: $0, count: 6) })
        }
    }

    @Test func aFolderStandsForItsImagesInOrder() throws {
        for (name, shade) in [("b.png", 2), ("a.PNG", 1), ("notes.txt", 0), ("c.png", 3)] {
            let image = PNGFile(width: 2, height: 1) { x, _ in [shade + x] }
            try folder.write(image.bytes, as: name)
        }
        for path in [folder.path, folder.path + "/"] {
            var stream = try SampleStream([path], for: ModelInput("x", [1, 2]))
            #expect(stream.areFiles)
            let portion = try stream.next(10)
            #expect(portion.features == [1, 2, 2, 3, 3, 4].map { Float($0) / 255 })
            let names = ["a.PNG", "b.png", "c.png"]
            #expect(portion.files == names.map { "\(folder.path)/\($0)" })
            #expect(try stream.next(10).files.isEmpty)
        }
    }

    @Test func inputsThatAreNotThereOrDoNotFitAreRefused() throws {
        let csv = try write(.csv, as: "a.csv")
        // Before hours of work on the first.
        expectDataError(saying: "nosuch.npy: No such file") {
            _ = try SampleStream([csv, "nosuch.npy"], for: ModelInput("x", [2]))
        }
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/empty", withIntermediateDirectories: false)
        expectDataError(saying: "empty is a folder without PNG or JPEG images") {
            _ = try SampleStream(["\(folder.path)/empty"], for: ModelInput("x", [2]))
        }
        var stream = try SampleStream([csv], for: ModelInput("x", [3]))
        expectDataError(saying: "\(csv) has 2 features a sample and the model takes 3") {
            _ = try stream.next(1)
        }
    }

    @Test(arguments: tables.map(\.format))
    func mutationsLoadOrAreRefused(format: SampleStream.Format) throws {
        let table = try #require(Self.tables.first { $0.format == format })
        let loaded = try loadable(of: 2000, from: table.bytes) { bytes in
            var reader = try SampleStream.reader(
                of: ByteStream(bytes, name: "x", pieceSize: 5), format: format,
                for: ModelInput("x", [2]))
            while try !reader.next(2).isEmpty {}
        }
        #expect((1..<2000).contains(loaded))
    }
}
