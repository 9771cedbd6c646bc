import Foundation
import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct CIFARTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// An image whose red, green and blue are of these shades, but for the first byte of each.
    private static func image(_ labels: [UInt8], _ colors: [UInt8]) -> [UInt8] {
        labels + colors.flatMap { [255] + [UInt8](repeating: $0, count: 1023) }
    }

    private func load() throws -> DatasetSplit {
        let source = try DataSource(folder.path)
        #expect(source == .cifar(folder: folder.path))
        return try source.load(seed: 0)
    }

    private func writeTen() throws {
        for number in 1...5 as ClosedRange<UInt8> {
            try folder.write(
                Self.image([number], [number, 20, 30]) + Self.image([9], [1, 2, 3]),
                as: "data_batch_\(number).bin")
        }
        try folder.write(Self.image([0], [7, 8, 9]), as: "test_batch.bin")
        let names = (0..<10).map { "name\($0)\n" }.joined() + "\n"
        try folder.write(Array(names.utf8), as: "batches.meta.txt")
    }

    @Test func tenClassesAreRead() throws {
        try writeTen()
        let split = try load()
        #expect(split.train.count == 10 && split.test?.count == 1)
        #expect(split.train.sampleShape == [3, 32, 32])
        #expect(split.train.targets == [1, 9, 2, 9, 3, 9, 4, 9, 5, 9])
        #expect(split.train.classNames?[3] == "name3")
        guard case .unorm8(let bytes) = split.train.features else {
            Issue.record("no bytes")
            return
        }
        // The fifth image: the first of the third file.
        let image = bytes[4 * 3072..<5 * 3072]
        #expect(
            Array(image.prefix(2)) == [255, 3]
                && Array(image.dropFirst(1024).prefix(2)) == [255, 20])
        #expect(image.last == 30)
        #expect(split.test?.features.last == Float(9) / 255)
    }

    @Test func ofAHundredTheFineClassesAreRead() throws {
        try folder.write(Self.image([19, 99], [1, 2, 3]), as: "train.bin")
        try folder.write(Self.image([1, 0], [1, 2, 3]), as: "test.bin")
        let names = (0..<100).map { "n\($0)" }.joined(separator: "\n")
        try folder.write(Array(names.utf8), as: "fine_label_names.txt")
        let split = try load()
        #expect(split.train.targets == [99] && split.test?.targets == [0])
        #expect(split.train.classNames?.last == "n99")
    }

    @Test func filesThatAreMissingOrCutAreNamed() throws {
        try writeTen()
        try folder.write(Self.image([1], [1, 2, 3]).dropLast(), as: "data_batch_4.bin")
        expectDataError(saying: "data_batch_4.bin ends inside of sample 0, after 3072 of its 3073")
        {
            _ = try load()
        }
        try folder.write(Self.image([10], [1, 2, 3]), as: "data_batch_4.bin")
        expectDataError(saying: "Sample 0 of", "data_batch_4.bin has the target 10") {
            _ = try load()
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/data_batch_4.bin")
        expectDataError(saying: "has no file data_batch_4.bin") { _ = try load() }
    }

    /// What Python unpacks from `cifar-10-python.tar.gz`.
    @Test func pickledFilesAreExplained() throws {
        try folder.write([0x80, 2], as: "data_batch_1")
        try folder.write([0x80, 2], as: "batches.meta")
        expectDataError(saying: "has no file data_batch_1.bin, only what Python pickled") {
            _ = try DataSource(folder.path).load(seed: 0)
        }
    }
}
