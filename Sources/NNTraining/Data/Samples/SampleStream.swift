import Foundation
import NNFiles
import NNGraph

/// Samples without targets, to apply a model to, read in portions, so that there may be more of them
/// than fit the memory.
public struct SampleStream {
    /// How samples are written down.
    public enum Format: String, CaseIterable, Sendable {
        /// One sample a row, taken as it is, with or without a line of column names.
        case csv
        /// An array [samples, …] in NumPy's format: bytes are scaled to [0, 1], other numbers are taken as they are.
        case npy
        /// Images [samples, …] of bytes, scaled to [0, 1].
        case idx
        /// An image, turned gray and scaled to [0, 1], or several behind each other.
        case png
        /// Images of bytes without any header, scaled to [0, 1].
        case raw
    }

    /// Some samples that follow each other.
    public struct Portion: Sendable {
        /// The features, row-major, [samples, features]; empty at the end.
        public fileprivate(set) var features: [Float] = []
        /// The file of each sample.
        public fileprivate(set) var files: [String] = []
    }

    /// Whether each sample is a file of its own, as images are.
    public let areFiles: Bool
    private let format: Format?
    private let sampleShape: Shape
    private let missing: MissingValues
    private var waiting: ArraySlice<String>
    private var current: (name: String, reader: any SampleReader, isEmpty: Bool)?

    /// Creates a stream that opens one input after the other.
    ///
    /// - Parameters:
    ///   - inputs: Files, gzipped or not, folders of PNG images, and `-` for standard input.
    ///   - format: How all of them are written down; by default the name's ending (`.raw`) or the
    ///     first bytes tell it for each.
    ///   - sampleShape: What the samples have to fit: their number of features for tables, and for
    ///     images also their height and width where the shape says it.
    ///   - missing: What becomes of missing values in tables: NaN, where the model replaces them.
    /// - Throws: ``DataError`` for an input that does not exist.
    public init(
        _ inputs: [String], format: Format? = nil, sampleShape: Shape,
        missing: MissingValues = .refuse
    ) throws(DataError) {
        let imageEnding = ".png"
        var files: [String] = []
        var areFiles = true
        for input in inputs {
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: input, isDirectory: &isFolder)
            guard exists || input == "-" else { throw .system(file: input, code: ENOENT) }
            guard isFolder.boolValue else {
                files.append(input)
                areFiles = areFiles && input.lowercased().hasSuffix(imageEnding)
                continue
            }
            let names = (try? FileManager.default.contentsOfDirectory(atPath: input)) ?? []
            let images = names.filter { $0.lowercased().hasSuffix(imageEnding) }.sorted()
            guard !images.isEmpty else { throw .noImages(folder: input) }
            files += images.map { input.hasSuffix("/") ? input + $0 : "\(input)/\($0)" }
        }
        self.areFiles = areFiles
        self.format = format
        self.sampleShape = sampleShape
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
            portion.features += features
            portion.files += repeatElement(name, count: features.count / sampleShape.count)
        }
        return portion
    }

    /// Makes sure that an input is open; returns false if there are no more.
    private mutating func openNext() throws(DataError) -> Bool {
        guard current == nil else { return true }
        guard let input = waiting.popFirst() else { return false }
        let stream = try input == "-" ? .standardInput() : ByteStream(contentsOf: input)
        let reader = try Self.reader(
            of: stream, format: format ?? Self.format(named: input), sampleShape: sampleShape,
            missing: missing)
        guard reader.featureCount == sampleShape.count else {
            throw .featureCount(
                dataset: stream.name, found: reader.featureCount, expected: sampleShape.count)
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
        of stream: ByteStream, format: Format?, sampleShape: Shape,
        missing: MissingValues = .refuse
    ) throws(DataError) -> any SampleReader {
        var stream = stream
        guard try !stream.available().isEmpty else { throw .noSamples(stream.name) }
        // Bare bytes may begin with anything, so there only the name says that they are compressed.
        let mayBeGzip = format != .raw || stream.name.lowercased().hasSuffix(".gz")
        if mayBeGzip, try stream.peek(2).elementsEqual(Gzip.signature) {
            stream = Gzip.stream(of: stream)
        }
        let head = Array(try stream.peek(8))
        switch format ?? Self.format(of: head) {
        case .npy:
            let header = try NumPyHeader(
                Array(stream.peek(NumPyHeader.limit)), file: stream.name)
            return header.isColumnMajor
                ? try ArraySamples(stream) : try BinarySamples(numPy: stream)
        case .idx: return try BinarySamples(idx: stream)
        case .png: return PNGSamples(stream, sampleShape: sampleShape)
        case .raw: return BinarySamples(raw: stream, featureCount: sampleShape.count)
        case .csv:
            guard !head.starts(with: ZipArchive.signature) else {
                throw .wrongFormat(
                    file: stream.name, expected: "a single array, as .npy files do, or numbers")
            }
            return try CSVSamples(stream, missing: missing)
        }
    }

    private static func format(of head: [UInt8]) -> Format {
        let signatures: [(Format, [UInt8])] = [
            (.npy, NumPyHeader.signature), (.png, PNGImage.signature), (.idx, [0, 0, 8]),
        ]
        return signatures.first { head.starts(with: $0.1) }?.0 ?? .csv
    }
}
