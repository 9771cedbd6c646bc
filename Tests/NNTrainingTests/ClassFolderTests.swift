import Foundation
import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

/// Folders of images, as `torchvision.datasets.ImageFolder` reads them.
@Suite struct ClassFolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a file into a folder that need not be there.
    private func write(_ bytes: [UInt8], as name: String) throws {
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: name).deletingLastPathComponent(),
            withIntermediateDirectories: true)
        try folder.write(bytes, as: name)
    }

    /// A gray picture of one shade and, in its first pixel, another.
    private static func gray(_ shade: Int, width: Int = 2, height: Int = 2) -> [UInt8] {
        PNGFile(width: width, height: height) { x, y in [x + y == 0 ? 255 : shade] }.bytes
    }

    private static func color(_ color: [Int], width: Int = 2, height: Int = 2) -> [UInt8] {
        PNGFile(width: width, height: height, color: 2) { x, y in
            x + y == 0 ? [255, 255, 255] : color
        }.bytes
    }

    private func load(_ options: ImageOptions = ImageOptions()) throws -> DatasetSplit {
        let source = try DataSource(folder.path, images: options)
        #expect(source == .classFolders(folder: folder.path, options))
        return try source.load(seed: 0)
    }

    @Test func aFolderIsAClass() throws {
        // Sorted by name as Python sorts: capital letters first.
        for (name, shade) in [
            ("dog/b.png", 2), ("dog/a.PNG", 1), ("Cat/deep/x.png", 3), ("Cat/y.png", 4),
        ] {
            try write(Self.gray(shade), as: name)
        }
        let hidden = [
            "dog/._a.png", "dog/.DS_Store", "dog/Thumbs.db", ".git/x.png", "Cat/.hidden/x.png",
            "Cat/notes.txt", "readme.md",
        ]
        for name in hidden { try write([1, 2, 3], as: name) }
        let split = try load()
        #expect(split.test == nil && split.validation == nil)
        #expect(split.train.classNames == ["Cat", "dog"])
        #expect(split.train.sampleShape == [2, 2])
        #expect(split.train.targets == [0, 0, 1, 1])
        #expect(split.train.allTargets[0].kind == .classes)
        #expect(
            split.train.features
                == .unorm8([3, 4, 1, 2].flatMap { [255, $0, $0, $0] as [UInt8] }))
        #expect(split.train.remarks.isEmpty)
    }

    @Test func colorsComeChannelByChannel() throws {
        try write(Self.color([1, 2, 3]), as: "a/x.png")
        try write(Self.gray(9), as: "b/x.png")
        let train = try load().train
        #expect(train.sampleShape == [3, 2, 2])
        #expect(
            train.features
                == .unorm8(
                    [255, 1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3]
                        + Array(repeatElement([255, 9, 9, 9], count: 3).joined())))
        // 0.299 · 1 + 0.587 · 2 + 0.114 · 3 = 1.815.
        let gray = try load(ImageOptions(channels: .gray)).train
        #expect(gray.sampleShape == [2, 2])
        #expect(gray.features == .unorm8([255, 2, 2, 2, 255, 9, 9, 9]))
    }

    @Test func formatsMayBeMixedAndContentDecides() throws {
        try write(ImageFixtures.bytes("420.jpg"), as: "a/x.png")
        try write(ImageFixtures.bytes("444.jpg"), as: "a/y.JPEG")
        try write(ImageFixtures.bytes("turned-6.jpg"), as: "b/z.jpg")
        try write(Self.color([1, 2, 3], width: 22, height: 14), as: "b/z.png")
        expectDataError(
            saying: "b/z.jpg is 14 pixels wide and 22 high, and", "a/x.png 22 and 14",
            "bring all to one size"
        ) { _ = try load() }
        let split = try load(ImageOptions(size: .init(height: 7, width: 11)))
        #expect(split.train.sampleShape == [3, 7, 11] && split.train.count == 4)
        #expect(split.train.inputs[0].areResizedImages)
        #expect(try split.holdingOut(0.5, seed: 1).train.inputs[0].areResizedImages)
        guard case .unorm8(let bytes) = split.train.features else { return }
        let expected = try ImageFixtures.pillow("420.jpg").resized(
            height: 7, width: 11, name: "x"
        ).planes
        for (byte, expected) in zip(bytes, expected) {
            #expect(abs(Int(byte) - Int(expected)) <= 1)
        }
    }

    @Test(arguments: [("train", "val", "test"), ("Training", "valid", "testing")])
    func partsHaveFoldersOfTheirOwn(names: (train: String, validation: String, test: String)) throws
    {
        for (name, shade) in [("b/1", 1), ("a/1", 2), ("a/2", 3)] {
            try write(Self.gray(shade), as: "\(names.train)/\(name).png")
        }
        try write(Self.gray(4), as: "\(names.validation)/b/1.png")
        try write(Self.gray(5), as: "\(names.test)/a/1.png")
        let split = try load()
        #expect(split.train.targets == [0, 0, 1])
        #expect(split.validation?.targets == [1])
        #expect(split.test?.features == .unorm8([255, 5, 5, 5]))
        #expect([split.validation, split.test].allSatisfy { $0?.classNames == ["a", "b"] })
        try write(Self.gray(5), as: "\(names.test)/c/1.png")
        expectDataError(
            saying: "\(names.test)/c is no class of the training samples, which are a, b"
        ) {
            _ = try load()
        }
    }

    /// As Kaggle gives them to be predicted.
    @Test func aTestFolderWithoutClassesIsLeftOut() throws {
        try write(Self.gray(1), as: "train/a/1.png")
        try write(Self.gray(2), as: "test/1.png")
        let split = try load()
        #expect(split.test == nil)
        #expect(split.train.remarks.contains { $0.contains("test has no folders of classes") })
    }

    /// A class may be called train.
    @Test func trainsAndBusesAreClasses() throws {
        for name in ["train", "bus", "test"] { try write(Self.gray(1), as: "\(name)/1.png") }
        #expect(try load().train.classNames == ["bus", "test", "train"])
    }

    @Test func brokenImagesAreCounted() throws {
        for place in 0..<40 { try write(Self.gray(place), as: "a/\(100 + place).png") }
        try write(Self.gray(1), as: "b/1.png")
        try write(Self.gray(1).dropLast(40), as: "a/117.png")
        expectDataError(saying: "a/117.png is a damaged PNG image", "write it again.") {
            _ = try load()
        }
        try write([], as: "a/130.png")
        try write(Array("GIF89a\u{1}\u{0}".utf8), as: "b/1.png")
        expectDataError(saying: "a/117.png is a damaged", "of all 41 images 2 more cannot be read")
        {
            _ = try load()
        }
        try write(Self.gray(1), as: "a/117.png")
        expectDataError(saying: "a/130.png is empty", "1 more") { _ = try load() }
        try write(Self.gray(1), as: "a/130.png")
        expectDataError(saying: "b/1.png is a GIF image", "convert it") { _ = try load() }
    }

    @Test func whatIsLeftOutIsSaid() throws {
        for place in 0..<150 { try write(Self.gray(place), as: "a/\(1000 + place).png") }
        try write(Array("BM".utf8), as: "a/x.bmp")
        try write(Array("BM".utf8), as: "a/y.gif")
        // Not one of those that tell what all are like.
        try write(Self.color([1, 2, 3]), as: "a/1140.png")
        let train = try load().train
        #expect(train.sampleShape == [2, 2])
        #expect(
            train.remarks.contains { $0 == "2 images that are neither PNG nor JPEG are left out" })
        #expect(train.remarks.contains { $0.hasPrefix("1 color images are turned gray") })
        try write([1], as: "b/notes.txt")
        expectDataError(saying: "\(folder.path)/b is a folder without PNG or JPEG images") {
            _ = try load()
        }
    }

    @Test func linksToFilesAreFollowed() throws {
        try write(Self.gray(1), as: "elsewhere.png")
        try write(Self.gray(2), as: "a/1.png")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/a/2.png", withDestinationPath: "../elsewhere.png")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/b", withDestinationPath: "a")
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/a/round", withDestinationPath: "..")
        #expect(try load().train.targets == [0, 0, 1, 1])
    }
}
