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

    /// Labels of four bytes, and pixels that are no bytes, which are taken as they are.
    @Test func otherTypesAreTakenAsTheyAre() throws {
        let floats: [UInt8] =
            [0, 0, 13, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0x43, 0x7F, 0, 0]
            + [0x3F, 0, 0, 0, 0xBF, 0x80, 0, 0]
        let labels: [UInt8] = [0, 0, 12, 1, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]
        let dataset = try dataset(images: floats, labels: labels)
        #expect(dataset.features == .floats([255, 0.5, -1]))
        #expect(dataset.targets == [1, 0, 1])
        #expect(dataset.allTargets[0].kind == .classes)
        let numbers: [UInt8] =
            [0, 0, 13, 1, 0, 0, 0, 3, 0x3F, 0xC0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0]
        #expect(try self.dataset(images: floats, labels: numbers).allTargets[0].kind == .numbers)
    }

    /// EMNIST's letters are numbered from 1.
    @Test(arguments: [8, 11] as [UInt8])
    func labelsFromOneKeepTheirNumbers(type: UInt8) throws {
        let values: [UInt8] = [2, 1, 3]
        let labels: [UInt8] =
            [0, 0, type, 1, 0, 0, 0, 3] + values.flatMap { type == 8 ? [$0] : [0, $0] }
        let split = try DatasetSplit(
            train: dataset(images: Self.images, labels: labels), test: nil
        ).labelled(for: .crossEntropy)
        #expect(split.train.targets == [1, 0, 2])
        #expect(split.train.classNames == ["1", "2", "3"])
    }

    // MARK: - Names

    private func load(_ names: [(String, [UInt8])]) throws -> DatasetSplit {
        for (name, bytes) in names { try folder.write(bytes, as: name) }
        return try DataSource(folder.path).load(seed: 0)
    }

    @Test(
        arguments: [
            ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"),
            ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte"),
            (
                "emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte",
                "emnist-letters-test-images-idx3-ubyte"
            ),
            ("Train-Images-idx3-uint8", "Train-Labels-idx1-int32", "Test-Images-idx3-uint8"),
        ], ["", ".gz"])
    func usualNamesAreKnown(names: (String, String, String), suffix: String) throws {
        let pack = suffix.isEmpty ? { $0 } : gzip
        let (images, labels, testImages) = names
        let testLabels = testImages.replacing("images", with: "labels")
            .replacing("Images", with: "Labels")
        let split = try load([
            (images + suffix, pack(Self.images)), (labels + suffix, pack(Self.labels)),
            (testImages + suffix, pack(Self.images)), (testLabels + suffix, pack(Self.labels)),
            ("._" + images, [0]), ("readme.txt", [0]),
        ])
        #expect(split.train.targets == [2, 0, 1] && split.test?.count == 3)
        #expect(split.train.sampleShape == [2, 2])
    }

    @Test func severalSetsInAFolderAreListed() throws {
        expectDataError(
            saying: "several data sets", "emnist-digits-train-images", "emnist-letters-train-images"
        ) {
            _ = try load([
                ("emnist-digits-train-images-idx3-ubyte", Self.images),
                ("emnist-letters-train-images-idx3-ubyte", Self.images),
            ])
        }
    }

    @Test func twoFilesOfOneRoleAreListed() throws {
        expectDataError(saying: "train-images-idx3-ubyte, train-images.idx3-ubyte") {
            _ = try load([
                ("train-images-idx3-ubyte", Self.images), ("train-images.idx3-ubyte", Self.images),
                ("train-labels-idx1-ubyte", Self.labels),
            ])
        }
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
