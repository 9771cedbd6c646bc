import Foundation
import NNFiles
import TestSupport
import Testing

import NNModel
@testable import NNTraining

@Suite struct DataSourceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(
        arguments: [
            ("fashion-mnist", .fashionMNIST(folder: "/usr/share/datasets/fashion-mnist")),
            ("a/x.npy,b/y.npy", .numPy(features: "a/x.npy", targets: "b/y.npy")),
            ("iris.CSV", .csv(file: "iris.CSV")),
            ("/etc", .idx(folder: "/etc")),
            ("xor", .generated(.xor)),
            ("moons", .generated(.moons)),
            ("circles", .generated(.circles)),
            ("spirals", .generated(.spirals)),
            ("sine", .generated(.sine)),
        ] as [(String, DataSource)])
    func specificationsAreUnderstood(specification: String, source: DataSource) throws {
        #expect(try DataSource(specification, environment: [:]) == source)
    }

    /// Whoever uses the library has no flags.
    @Test func anUnknownSourceIsExplainedWithoutFlags() {
        let error = #expect(throws: DataError.self) { try DataSource("moon") }
        #expect(error?.description.contains("no data source \"moon\": name fashion-mnist") == true)
        #expect(error?.description.contains("--") == false)
    }

    @Test func theEnvironmentMovesFashionMNISTOnly() throws {
        let environment = ["NNGPU_DATA": "/data"]
        #expect(
            try DataSource("fashion-mnist", environment: environment)
                == .fashionMNIST(folder: "/data"))
        #expect(try DataSource("/etc", environment: environment) == .idx(folder: "/etc"))
        #expect(
            try DataSource("fashion-mnist", environment: ["NNGPU_DATA": ""])
                == .fashionMNIST(folder: DataSource.debianFolder))
    }

    @Test(arguments: ["", "mnist", "x.npy", "x.npy,", "x.npy,y.npy,z.npy", "/nowhere", "a\nb"])
    func unknownSpecificationsListWhatIsAccepted(specification: String) {
        expectDataError(saying: "no data source", "x.npy,y.npy", "spirals, sine") {
            _ = try DataSource(specification, environment: [:])
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: DataSource.debianFolder)))
    func fashionMNISTLoads() throws {
        let split = try DataSource("fashion-mnist", environment: [:]).load(seed: 0)
        let test = try #require(split.test)
        #expect(try split.classCount == 10)
        #expect(split.train.classNames?[9] == "Ankle boot")
        for (part, count) in [(split.train, 60_000), (test, 10_000)] {
            #expect(part.count == count)
            #expect(part.sampleShape == [28, 28])
            #expect(part.features.count == count * 784)
            let labels = try part.classLabels()
            for label in 0..<10 as Range<Int32> {
                #expect(labels.count { $0 == label } == count / 10)
            }
        }
        // numpy's mean of the test images.
        let mean = test.features.reduce(0) { $0 + Double($1) } / Double(test.features.count)
        #expect(abs(mean - 0.286849) < 1e-6)
    }

    @Test func missingFashionMNISTSaysHowToGetIt() {
        expectDataError(saying: folder.path, "apt-get install dataset-fashion-mnist", "NNGPU_DATA")
        {
            _ = try DataSource("fashion-mnist", environment: ["NNGPU_DATA": folder.path])
                .load(seed: 0)
        }
    }

    private func writeTrain() throws {
        try folder.write(IDXDatasetTests.images, as: "train-images-idx3-ubyte")
        try folder.write(gzip(IDXDatasetTests.labels), as: "train-labels-idx1-ubyte.gz")
    }

    @Test func aFolderMayMixPlainAndGzippedFilesAndLackTheTestPart() throws {
        try writeTrain()
        let split = try DataSource(folder.path).load(seed: 0)
        #expect(split.train.count == 3)
        #expect(split.test == nil)
    }

    @Test func theTestPartIsReadAndMustFit() throws {
        try writeTrain()
        try folder.write(IDXDatasetTests.labels, as: "t10k-labels-idx1-ubyte")
        expectDataError(saying: "has no file t10k-images-idx3-ubyte or .gz") {
            _ = try DataSource(folder.path).load(seed: 0)
        }
        try folder.write(IDXDatasetTests.images, as: "t10k-images-idx3-ubyte")
        #expect(try DataSource(folder.path).load(seed: 0).test?.count == 3)
        let narrow: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6]
        try folder.write(narrow, as: "t10k-images-idx3-ubyte")
        expectDataError(saying: "have shape [2, 2] and the test samples [2, 1]") {
            _ = try DataSource(folder.path).load(seed: 0)
        }
    }

    @Test func anEmptyFolderNamesTheFileItLacks() {
        expectDataError(
            saying: folder.path, "has no file train-images-idx3-ubyte or .gz",
            "images for each class"
        ) {
            _ = try DataSource(folder.path).load(seed: 0)
        }
    }

    @Test func numPyPairsAndTablesLoad() throws {
        let (x, y) = ("\(folder.path)/x.npy", "\(folder.path)/y.npy")
        try NumPyArray(shape: [2, 2, 1], values: [1, 2, 3, 4]).write(to: x)
        try NumPyArray(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]).write(to: y)
        let pair = try DataSource("\(x),\(y)").load(seed: 0).train
        #expect(pair.sampleShape == [2, 1])
        #expect(pair.targetWidth == 3)
        try NumPyArray(shape: [2], values: [1, 2]).write(to: x)
        try NumPyArray(shape: [2], values: [0, 1]).write(to: y)
        #expect(try DataSource("\(x),\(y)").load(seed: 0).train.sampleShape == [1])
        let table = try folder.write(Array("1,2,0\n".utf8), as: "t.csv")
        #expect(try DataSource(table).load(seed: 0).train.features == .floats([1, 2]))
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let csv = "\(folder.path)/t.csv"
        func load() throws { _ = try DataSource(csv).load(seed: 0) }
        expectDataError(saying: csv, "No such file or directory: check the path", from: load)

        try FileManager.default.createDirectory(atPath: csv, withIntermediateDirectories: false)
        expectDataError(saying: csv, "Is a directory: name a file", from: load)
        try FileManager.default.removeItem(atPath: csv)

        #expect(mkfifo(csv, 0o600) == 0)
        expectDataError(saying: csv, "is not a regular file", from: load)
        try FileManager.default.removeItem(atPath: csv)

        try folder.write([], as: "t.csv")
        #expect(truncate(csv, 1 << 42) == 0)
        expectDataError(saying: csv, "holds more than the", from: load)
    }

    @Test(.disabled(if: geteuid() == 0, "root may read everything"))
    func forbiddenFilesAreNamed() throws {
        let csv = try folder.write(Array("1,2\n".utf8), as: "t.csv")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: csv)
        expectDataError(saying: csv, "Permission denied: ask for the permission") {
            _ = try DataSource(csv).load(seed: 0)
        }
    }
}
