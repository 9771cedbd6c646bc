import Foundation
import NNFiles

/// The binary files of CIFAR-10 and CIFAR-100: for each image its label or its coarse and its fine label, a byte each,
/// and then 32 × 32 bytes of red, of green and of blue.
enum CIFAR: CaseIterable {
    case ten, hundred

    private var trainFiles: [String] {
        switch self {
        case .ten: (1...5).map { "data_batch_\($0).bin" }
        case .hundred: ["train.bin"]
        }
    }

    private var testFile: String { self == .ten ? "test_batch.bin" : "test.bin" }
    private var namesFile: String { self == .ten ? "batches.meta.txt" : "fine_label_names.txt" }
    private var classCount: Int { self == .ten ? 10 : 100 }
    private var labelSize: Int { self == .ten ? 1 : 2 }
    private static let sampleShape = [3, 32, 32]
    private static let imageSize = 3 * 32 * 32

    /// Which of both a folder has files of.
    static func found(in folder: String) -> CIFAR? {
        allCases.first { set in
            (set.trainFiles + [set.namesFile]).contains {
                FileManager.default.fileExists(atPath: "\(folder)/\($0)")
            }
        }
    }

    /// The first file of the version that is read.
    static let binaryFile = "data_batch_1.bin"

    /// Whether the files of a folder are those that Python pickled.
    static func isPickled(in folder: String) -> Bool {
        ["data_batch_1", "fine_label_names", "meta"].contains {
            FileManager.default.fileExists(atPath: "\(folder)/\($0)")
        }
    }

    /// Reads the images and labels of a folder.
    func load(_ folder: String) throws(DataError) -> DatasetSplit {
        let names = try classNames(in: folder)
        let hasTest = FileManager.default.fileExists(atPath: "\(folder)/\(testFile)")
        return try DatasetSplit(
            train: dataset(trainFiles, in: folder, named: folder, names),
            test: hasTest ? dataset([testFile], in: folder, named: folder, names) : nil)
    }

    /// The names of the classes, a line each; nil if there is no such file.
    private func classNames(in folder: String) throws(DataError) -> [String]? {
        let path = "\(folder)/\(namesFile)"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        let text = String(decoding: try InputFile.read(path, limit: 1 << 16), as: UTF8.self)
        let names = text.split(whereSeparator: \.isNewline).map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
        return names.count == classCount && Set(names).count == classCount ? names : nil
    }

    private func dataset(
        _ files: [String], in folder: String, named name: String, _ classNames: [String]?
    ) throws(DataError) -> Dataset {
        var (pixels, labels): ([UInt8], [Float]) = ([], [])
        let size = labelSize + Self.imageSize
        for file in files {
            let path = "\(folder)/\(file)"
            guard FileManager.default.fileExists(atPath: path) else {
                throw .notInFolder(folder: folder, file: file)
            }
            let bytes = try InputFile.read(path)
            guard bytes.count % size == 0 else {
                throw .partialSample(
                    file: path, sample: bytes.count / size, found: bytes.count % size,
                    expected: size)
            }
            pixels.reserveCapacity(pixels.count + bytes.count)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let label = Float(bytes[start + labelSize - 1])
                guard label < Float(classCount) else {
                    throw .label(dataset: path, sample: start / size, value: label)
                }
                labels.append(label)
                pixels += bytes[start + labelSize..<start + size]
            }
        }
        return try Dataset(
            name: name,
            inputs: [
                Dataset.Input(Dataset.inputName, .unorm8(pixels), sampleShape: Self.sampleShape)
            ],
            targets: [Dataset.Target(Dataset.targetName, labels, width: 1, kind: .classes)],
            classNames: classNames)
    }
}
