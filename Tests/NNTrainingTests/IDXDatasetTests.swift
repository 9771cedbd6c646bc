import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct IDXDatasetTests {
    /// Three images of 2 × 2 and their labels.
    static let images: [UInt8] =
        [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2] + [
            0, 51, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        ]
    static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 3] + [2, 0, 1]

    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func dataset(images: [UInt8], labels: [UInt8], suffix: String = "") throws -> Dataset {
        try Dataset(
            name: "tiny", images: folder.write(images, as: "images\(suffix)"),
            labels: folder.write(labels, as: "labels\(suffix)"), classNames: nil)
    }

    @Test(arguments: ["", ".gz"])
    func imagesAreScaledAndLabelsKept(suffix: String) throws {
        let pack = suffix.isEmpty ? { $0 } : gzip
        let dataset = try dataset(
            images: pack(Self.images), labels: pack(Self.labels), suffix: suffix)
        #expect(dataset.count == 3)
        #expect(dataset.sampleShape == [2, 2])
        #expect(dataset.featureCount == 4)
        #expect(Array(dataset.features.prefix(4)) == [0, 0.2, 1, 4 / 255])
        #expect(dataset.features == .unorm8([0, 51, 255, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
        #expect(try dataset.classLabels() == [2, 0, 1])
        #expect(try dataset.classCount == 3)
    }

    static let malformed = [
        Malformed("truncated", images.dropLast(), "is truncated: its header announces 12 bytes"),
        Malformed("no images", [0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 2], "samples but"),
        Malformed("labels", labels, "has shape [3] where [samples, rows, columns] is needed"),
        Malformed(
            "two images", Array(images.prefix(7)) + [2] + images[8..<24], "has 2 samples but"),
    ]

    @Test(arguments: malformed)
    func malformedImagesAreRefused(case malformed: Malformed) {
        expectDataError(saying: "images", malformed.sentence) {
            _ = try dataset(images: malformed.bytes, labels: Self.labels)
        }
    }

    @Test func malformedLabelsAreRefused() {
        expectDataError(saying: "labels has shape [3, 2, 2] where [samples] is needed") {
            _ = try dataset(images: Self.images, labels: Self.images)
        }
    }

    @Test func noSamplesAreRefused() {
        expectDataError(saying: "tiny is empty") {
            _ = try dataset(
                images: [0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 1], labels: [0, 0, 8, 1, 0, 0, 0, 0])
        }
        expectDataError(saying: "tiny is empty") {
            _ = try dataset(images: [0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 0], labels: Self.labels)
        }
    }

    @Test func mutationsLoadOrAreRefused() throws {
        let labels = try folder.write(Self.labels, as: "labels")
        let plain = try loadable(of: 3000, from: Self.images) { bytes in
            let images = try folder.write(bytes, as: "images")
            _ = try Dataset(name: "tiny", images: images, labels: labels, classNames: nil)
        }
        let gzipped = try loadable(of: 3000, from: gzip(Self.images)) { bytes in
            let images = try folder.write(bytes, as: "images.gz")
            _ = try Dataset(name: "tiny", images: images, labels: labels, classNames: nil)
        }
        #expect((1..<3000).contains(plain))
        #expect((1..<3000).contains(gzipped))
    }
}
