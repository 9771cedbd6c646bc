import Foundation
import NNFiles

/// Where data come from: what `--data` names.
public enum DataSource: Sendable, Equatable {
    /// Fashion-MNIST as IDX files in a folder.
    case fashionMNIST(folder: String)
    /// A folder of IDX files under the names that MNIST gave them.
    case idx(folder: String)
    /// Features [N, ...] and targets [N] or [N, K], each a NumPy file.
    case numPy(features: String, targets: String)
    /// A NumPy archive with the arrays x and y, or x_train, y_train, x_test and y_test.
    case numPyArchive(file: String)
    /// A table of text with a column to predict.
    case csv(file: String, TableOptions = TableOptions())
    /// A set that is made, not read.
    case generated(GeneratedData)

    /// Where Debian's package dataset-fashion-mnist puts its files.
    static let debianFolder = "/usr/share/datasets/fashion-mnist"

    /// Understands a specification such as `fashion-mnist`, `x.npy,y.npy` or `moons`.
    ///
    /// - Parameters:
    ///   - specification: The value of `--data`.
    ///   - table: How a table of text is read.
    ///   - environment: Where `NNGPU_DATA` may name the folder of Fashion-MNIST.
    /// - Throws: A ``DataError`` that lists what is accepted.
    public init(
        _ specification: String, table: TableOptions = TableOptions(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DataError) {
        let paths = specification.split(separator: ",", omittingEmptySubsequences: false)
        if specification == "fashion-mnist" {
            let folder = environment["NNGPU_DATA"].flatMap { $0.isEmpty ? nil : $0 }
            self = .fashionMNIST(folder: folder ?? Self.debianFolder)
        } else if let generated = GeneratedData(rawValue: specification) {
            self = .generated(generated)
        } else if Self.tableEndings.contains(where: specification.lowercased().hasSuffix) {
            self = .csv(file: specification, table)
        } else if specification.hasSuffix(".npz") {
            self = .numPyArchive(file: specification)
        } else if paths.count == 2, paths.allSatisfy({ $0.hasSuffix(".npy") }) {
            self = .numPy(features: String(paths[0]), targets: String(paths[1]))
        } else if Self.isFolder(specification) {
            self = .idx(folder: specification)
        } else {
            throw .unknownSource(
                specification, generated: GeneratedData.allCases.map(\.rawValue))
        }
    }

    private static let tableEndings = [".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz"]

    /// Loads or makes the data; `seed` matters to generated sets only.
    public func load(seed: UInt64) throws(DataError) -> DatasetSplit {
        switch self {
        case .fashionMNIST(let folder):
            guard Self.find(Self.trainImages, in: folder) != nil else {
                throw .fashionMNISTMissing(folder: folder)
            }
            return try Self.loadIDX(folder, name: "fashion-mnist", classNames: Self.fashionClasses)
        case .idx(let folder):
            return try Self.loadIDX(folder, name: folder, classNames: nil)
        case .numPy(let features, let targets):
            return try DatasetSplit(
                train: Dataset(features: features, targets: targets), test: nil)
        case .numPyArchive(let file):
            return try DatasetSplit(NumPyArchive(contentsOf: file), file: file)
        case .csv(let file, let options):
            return try DatasetSplit(train: Dataset(csv: file, options), test: nil)
        case .generated(let generated):
            return try generated.split(seed: seed)
        }
    }

    private static let trainImages = "train-images-idx3-ubyte"
    private static let fashionClasses = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    private static func loadIDX(
        _ folder: String, name: String, classNames: [String]?
    ) throws(DataError) -> DatasetSplit {
        let train = try Dataset(
            name: name, images: require(trainImages, in: folder),
            labels: require("train-labels-idx1-ubyte", in: folder), classNames: classNames)
        let testFiles = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]
        guard testFiles.contains(where: { find($0, in: folder) != nil }) else {
            return try DatasetSplit(train: train, test: nil)
        }
        let test = try Dataset(
            name: name, images: require(testFiles[0], in: folder),
            labels: require(testFiles[1], in: folder), classNames: classNames)
        return try DatasetSplit(train: train, test: test)
    }

    private static func require(_ file: String, in folder: String) throws(DataError) -> String {
        guard let path = find(file, in: folder) else {
            throw .notInFolder(folder: folder, file: file)
        }
        return path
    }

    private static func find(_ file: String, in folder: String) -> String? {
        ["\(folder)/\(file)", "\(folder)/\(file).gz"].first(where: FileManager.default.fileExists)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && isFolder.boolValue
    }
}
