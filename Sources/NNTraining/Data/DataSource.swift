import Foundation
import NNFiles

/// Where data come from: what `--data` names.
public enum DataSource: Sendable, Equatable {
    /// Fashion-MNIST as IDX files in a folder.
    case fashionMNIST(folder: String)
    /// A folder of IDX files with names such as those of MNIST and EMNIST.
    case idx(folder: String)
    /// A folder of the binary files of CIFAR-10 or CIFAR-100.
    case cifar(folder: String)
    /// A folder that has a folder of PNG and JPEG images for each class, or has such folders for its parts, called train
    /// and val or test.
    case classFolders(folder: String, ImageOptions = ImageOptions())
    /// Features [N, ...] and targets [N] or [N, K], each a NumPy file.
    case numPy(features: String, targets: String)
    /// A NumPy archive with the arrays x and y, or x_train, y_train, x_test and y_test.
    case numPyArchive(file: String)
    /// A table of text with a column to predict.
    case csv(file: String, TableOptions = TableOptions())
    /// Files of text, one after the other, to predict each token from those before it.
    case text(files: [String], TextOptions = TextOptions())
    /// A file of tokens as 16-bit numbers, as llm.c and nanoGPT write it, in sequences of so many.
    case tokens(file: String, context: Int = TextOptions.usualContext)
    /// A set that is made, not read.
    case generated(GeneratedData)

    /// Where Debian's package dataset-fashion-mnist puts its files.
    static let debianFolder = "/usr/share/datasets/fashion-mnist"

    /// Understands a specification such as `fashion-mnist`, `x.npy,y.npy` or `moons`.
    ///
    /// - Parameters:
    ///   - specification: The value of `--data`.
    ///   - table: How a table of text is read.
    ///   - images: What becomes of images.
    ///   - text: How text is read.
    ///   - environment: Where `NNGPU_DATA` may name the folder of Fashion-MNIST.
    /// - Throws: A ``DataError`` that lists what is accepted.
    public init(
        _ specification: String, table: TableOptions = TableOptions(),
        images: ImageOptions = ImageOptions(), text: TextOptions = TextOptions(),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(DataError) {
        let paths = specification.split(separator: ",", omittingEmptySubsequences: false)
        if let files = Self.rest(of: specification, after: "text:") {
            self = .text(files: files.split(separator: ",").map(String.init), text)
        } else if let file = Self.rest(of: specification, after: "tokens:") {
            self = .tokens(file: file, context: text.context)
        } else if specification == "fashion-mnist" {
            let folder = environment["NNGPU_DATA"].flatMap { $0.isEmpty ? nil : $0 }
            self = .fashionMNIST(folder: folder ?? Self.debianFolder)
        } else if let generated = GeneratedData(rawValue: specification) {
            self = .generated(generated)
        } else if Self.tableEndings.contains(where: specification.lowercased().hasSuffix) {
            self = .csv(file: specification, table)
        } else if specification.lowercased().hasSuffix(".npz") {
            self = .numPyArchive(file: specification)
        } else if paths.count == 2, paths.allSatisfy({ $0.lowercased().hasSuffix(".npy") }) {
            self = .numPy(features: String(paths[0]), targets: String(paths[1]))
        } else if Self.isFolder(specification) {
            self = Self.folder(specification, images)
        } else {
            if let head = try? InputFile.head(of: specification), let kind = FileKind.of(head),
                kind != .numPy
            {
                throw .foreign(file: specification, kind)
            }
            throw .unknownSource(
                specification, generated: GeneratedData.allCases.map(\.rawValue))
        }
    }

    /// What follows a prefix, if something does.
    private static func rest(of specification: String, after prefix: String) -> String? {
        let rest = specification.dropFirst(prefix.count)
        return specification.hasPrefix(prefix) && !rest.allSatisfy { $0 == "," }
            ? String(rest) : nil
    }

    private static let tableEndings = [".csv", ".tsv", ".txt", ".data", ".csv.gz", ".tsv.gz"]

    /// Loads or makes the data; `seed` matters to generated sets only.
    public func load(seed: UInt64) throws(DataError) -> DatasetSplit {
        switch self {
        case .fashionMNIST(let folder):
            guard IDXFolder.hasFiles(folder) else { throw .fashionMNISTMissing(folder: folder) }
            return try Self.loadIDX(folder, name: "fashion-mnist", classNames: Self.fashionClasses)
        case .idx(let folder):
            return try Self.loadIDX(folder, name: folder, classNames: nil)
        case .cifar(let folder): return try (CIFAR.found(in: folder) ?? .ten).load(folder)
        case .classFolders(let folder, let options):
            return try DatasetSplit(classFolders: folder, options)
        case .numPy(let features, let targets):
            return try DatasetSplit(
                train: Dataset(features: features, targets: targets), test: nil)
        case .numPyArchive(let file):
            return try DatasetSplit(NumPyArchive(contentsOf: file), file: file)
        case .csv(let file, let options):
            return try DatasetSplit(train: Dataset(csv: file, options), test: nil)
        case .text(let files, let options):
            return try DatasetSplit(train: Dataset(text: files, options), test: nil)
        case .tokens(let file, let context):
            return try DatasetSplit(train: Dataset(tokens: file, context: context), test: nil)
        case .generated(let generated):
            return try generated.split(seed: seed)
        }
    }

    private static let fashionClasses = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    private static func loadIDX(
        _ folder: String, name: String, classNames: [String]?
    ) throws(DataError) -> DatasetSplit {
        if CIFAR.isPickled(in: folder), !IDXFolder.hasFiles(folder) {
            throw .notInFolder(
                folder: folder, file: "\(CIFAR.binaryFile), only what Python pickled")
        }
        let files = try IDXFolder(folder)
        func dataset(_ pair: IDXFolder.Pair) throws(DataError) -> Dataset {
            try Dataset(
                name: name, images: pair.images, labels: pair.labels, classNames: classNames)
        }
        let train = try dataset(files.train)
        guard let test = files.test else { return try DatasetSplit(train: train, test: nil) }
        return try DatasetSplit(train: train, test: dataset(test))
    }

    /// What a folder holds, by the names in it; IDX files where it holds nothing that is known, which loading then says.
    private static func folder(_ folder: String, _ images: ImageOptions) -> DataSource {
        if IDXFolder.hasFiles(folder) { return .idx(folder: folder) }
        if CIFAR.found(in: folder) != nil { return .cifar(folder: folder) }
        return DatasetSplit.hasClassFolders(folder)
            ? .classFolders(folder: folder, images) : .idx(folder: folder)
    }

    private static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && isFolder.boolValue
    }
}
