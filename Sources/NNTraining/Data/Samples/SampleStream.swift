import Foundation
import NNFiles
import NNGraph
import NNModel

/// Samples without targets, to apply a model to, read in portions, so that there may be more of them
/// than fit the memory.
public struct SampleStream {
    /// How samples are written down.
    public enum Format: String, CaseIterable, Sendable {
        /// One sample a row, taken as it is, with or without a line of column names.
        case csv
        /// An array [samples, …] in NumPy's format: bytes are scaled to [0, 1], other numbers are taken as they are.
        case npy
        /// An array [samples, …] in the IDX format, with numbers as in NumPy's.
        case idx
        /// An image in the PNG format, scaled to [0, 1], or several behind each other.
        case png
        /// An image in the JPEG format, scaled to [0, 1].
        case jpeg
        /// Images of bytes without any header, scaled to [0, 1].
        case raw
    }

    /// Some samples that follow each other.
    public struct Portion: Sendable {
        /// The features, row-major, [samples, features]; empty at the end.
        public fileprivate(set) var features: [Float] = []
        /// The file of each sample.
        public fileprivate(set) var files: [String] = []
        /// What people should know of how they were taken, a clause each, and each but once in a stream.
        public fileprivate(set) var remarks: [String] = []
    }

    /// Whether each sample is a file of its own, as images are.
    public let areFiles: Bool
    private let format: Format?
    private let input: ModelInput
    private let missing: MissingValues
    private var waiting: ArraySlice<String>
    private var said: Set<String> = []
    private var current: (name: String, reader: any SampleReader, isEmpty: Bool)?

    /// Creates a stream that opens one input after the other.
    ///
    /// - Parameters:
    ///   - inputs: Files, gzipped or not, folders of PNG and JPEG images, and `-` for standard input.
    ///   - format: How all of them are written down; by default the name's ending (`.raw`) or the
    ///     first bytes tell it for each.
    ///   - input: What takes the samples. They have to be of its shape, or in a row; images are turned gray or given
    ///     colors as it has it, and are resized if those that it was trained on were.
    ///   - missing: What becomes of missing values, which are NaN in arrays: NaN, where the model replaces them.
    /// - Throws: ``DataError`` for an input that does not exist.
    public init(
        _ inputs: [String], format: Format? = nil, for input: ModelInput,
        missing: MissingValues = .refuse
    ) throws(DataError) {
        var files: [String] = []
        var areFiles = true
        for path in inputs {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            guard exists || path == "-" else { throw .system(file: path, code: ENOENT) }
            guard isFolder.boolValue else {
                files.append(path)
                areFiles = areFiles && ClassFolders.isImage((path as NSString).lastPathComponent)
                continue
            }
            let images = ClassFolders.names(in: path).filter(ClassFolders.isImage)
            guard !images.isEmpty else { throw .noImages(folder: path) }
            files += images.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
        }
        self.areFiles = areFiles
        self.format = format
        self.input = input
        self.missing = missing
        waiting = files[...]
    }

    /// Returns the next samples: at most so many, fewer only at the end, and none after it.
    ///
    /// - Throws: ``DataError`` for an input that is malformed, or has samples of another size.
    public mutating func next(_ limit: Int) throws(DataError) -> Portion {
        var portion = Portion()
        while portion.files.count < limit, try openNext() {
            guard let name = current?.name,
                let features = try current?.reader.next(limit - portion.files.count)
            else { break }
            if features.isEmpty {
                if current?.isEmpty == true { throw .noSamples(name) }
                current = nil
                continue
            }
            current?.isEmpty = false
            if let remark = current?.reader.remark, said.insert(remark).inserted {
                portion.remarks.append(remark)
            }
            portion.features += features
            portion.files += repeatElement(name, count: features.count / input.shape.count)
        }
        return portion
    }

    /// Makes sure that an input is open; returns false if there are no more.
    private mutating func openNext() throws(DataError) -> Bool {
        guard current == nil else { return true }
        guard let path = waiting.popFirst() else { return false }
        let stream = try path == "-" ? .standardInput() : ByteStream(contentsOf: path)
        let reader = try Self.reader(
            of: stream, format: format ?? Self.format(named: path), for: input, missing: missing)
        let found = reader.sampleShape
        guard let count = found.checkedProduct, count == input.shape.count else {
            throw .featureCount(
                dataset: stream.name, found: found.checkedProduct ?? .max,
                expected: input.shape.count)
        }
        guard input.accepts(found) else {
            throw .sampleShape(
                dataset: stream.name, found: found, expected: input.sampleShape.dimensions)
        }
        current = (stream.name, reader, true)
        return true
    }

    /// The format that a name's ending stands for, where the content would not tell.
    private static func format(named name: String) -> Format? {
        [".raw", ".raw.gz"].contains(where: name.lowercased().hasSuffix) ? .raw : nil
    }

    /// A reader of the stream, by the first bytes unless the format is given.
    static func reader(
        of stream: ByteStream, format: Format?, for input: ModelInput,
        missing: MissingValues = .refuse
    ) throws(DataError) -> any SampleReader {
        var stream = stream
        guard try !stream.available().isEmpty else { throw .noSamples(stream.name) }
        // Bare bytes may begin with anything, so there only the name says that they are compressed.
        let mayBeGzip = format != .raw || stream.name.lowercased().hasSuffix(".gz")
        if mayBeGzip, try stream.peek(2).elementsEqual(Gzip.signature) {
            stream = Gzip.stream(of: stream)
        }
        try stream.peek(8)
        // No more than that is waited for.
        let head = Array(try stream.available().prefix(FileKind.headSize))
        switch format ?? Self.format(of: head) {
        case .npy:
            let header = try NumPyHeader(
                Array(stream.peek(NumPyHeader.limit)), file: stream.name)
            return header.isColumnMajor
                ? try ArraySamples(stream, missing: missing)
                : try BinarySamples(numPy: stream, missing: missing)
        case .idx: return try BinarySamples(idx: stream, missing: missing)
        case .png, .jpeg: return ImageSamples(stream, for: input)
        case .raw: return BinarySamples(raw: stream, featureCount: input.shape.count)
        case .csv:
            if let kind = FileKind.of(head) { throw .foreign(file: stream.name, kind) }
            return try CSVSamples(stream, columns: input.columns, missing: missing)
        }
    }

    private static func format(of head: [UInt8]) -> Format {
        if IDXHeader.isHeader(head) { return .idx }
        return switch FileKind.of(head) {
        case .png: .png
        case .jpeg: .jpeg
        case .numPy: .npy
        default: .csv
        }
    }
}
