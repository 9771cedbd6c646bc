import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct NumPyDatasetTests {
    @Test(
        arguments: [
            ([], [3], "x.npy is a single number"),
            ([3], [], "y.npy is a single number"),
            ([3], [3, 1, 1], "y.npy has shape [3, 1, 1]"),
            ([3, 2], [2], "x.npy has 3 samples but"),
            ([0, 2], [0], "x.npy is empty"),
            ([2, 0, 1 << 62, 4], [2], "x.npy is empty"),
            ([2, 3], [2, 0], "x.npy is empty"),
        ] as [([Int], [Int], String)])
    func shapesThatDoNotFitAreRefused(x: [Int], y: [Int], sentence: String) throws {
        let folder = try TemporaryFolder()
        func write(_ name: String, shape: [Int]) throws -> String {
            let values = [Float](repeating: 1, count: shape.reduce(1, *))
            return try folder.write(NumPyArray(shape: shape, values: values).encoded(), as: name)
        }
        let (features, targets) = try (write("x.npy", shape: x), write("y.npy", shape: y))
        expectDataError(saying: sentence) {
            _ = try Dataset(features: features, targets: targets)
        }
    }

    // MARK: - Archives

    private static let x = NumPyArray(shape: [4, 2], values: (0..<8).map(Float.init))
    private static let y = NumPyArray(shape: [4], values: [0, 1, 1, 0])

    /// An archive of features and targets by turns.
    private static func archive(
        _ names: String..., targets: NumPyArray = y
    ) throws -> [UInt8] {
        try NumPyArchive.encode(
            names.enumerated().map { ($1, $0 % 2 == 0 ? x : targets) }, name: "d.npz")
    }

    private func load(_ bytes: [UInt8]) throws -> DatasetSplit {
        try DatasetSplit(NumPyArchive(bytes, name: "d.npz"), file: "d.npz")
    }

    @Test func dataAreFoundByTheirUsualNames() throws {
        let split = try load(Self.archive("x_train", "y_train", "x_test", "y_test"))
        #expect(split.train.count == 4)
        #expect(split.test?.sampleShape == [2])
        for names in [("x", "y"), ("X", "Y"), ("arr_0", "arr_1"), ("X_train", "y_train")] {
            let split = try load(Self.archive(names.0, names.1))
            #expect(split.test == nil)
            #expect(split.train.targets == [0, 1, 1, 0])
        }
    }

    @Test func arraysThatAreNotUsedAreNamed() throws {
        let validated = try load(Self.archive("x_train", "y_train", "x_val", "y_val"))
        #expect(validated.train.remarks == ["the file's arrays x_val, y_val are not used"])
        // Without their labels test images are of no use either.
        let half = try load(Self.archive("x_train", "y_train", "x_test"))
        #expect(half.train.remarks == ["the file's array x_test is not used"])
        #expect(try load(Self.archive("X", "Y")).train.remarks.isEmpty)
        #expect(
            try load(Self.archive("x_train", "y_train", "x_test", "y_test")).train.remarks.isEmpty)
    }

    @Test func dataOfOtherNamesAreRefused() throws {
        for archive in try [
            Self.archive("features", "y"), Self.archive("x"), Self.archive("x_train", "y_test"),
        ] {
            expectDataError(saying: "d.npz has the arrays", "x_train, y_train") {
                _ = try load(archive)
            }
        }
        let targets = NumPyArray(shape: [3], values: [0, 1, 1])
        let archive = try Self.archive("x", "y", targets: targets)
        expectDataError(saying: "d.npz, array x has 4 samples but d.npz, array y has 3") {
            _ = try load(archive)
        }
    }

    @Test func aSourceMayBeAnArchive() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.archive("x", "y"), as: "d.npz")
        #expect(try DataSource(path) == .numPyArchive(file: path))
        #expect(try DataSource(path).load(seed: 0).train.count == 4)
    }
}
