import NNFiles

/// Samples whose numbers have a fixed size: NumPy's, those of IDX files, and bare bytes.
struct BinarySamples: SampleReader {
    let sampleShape: [Int]
    private let featureCount: Int
    private var stream: ByteStream
    private let elementSize: Int
    /// The bytes that the header announces, or nil where there is no header.
    private let announced: Int?
    private var read = 0
    private let missing: MissingValues
    private let element: (_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float

    /// An array [samples, …] in NumPy's format: bytes are scaled to [0, 1], other numbers are taken as they are.
    init(numPy stream: ByteStream, missing: MissingValues = .refuse) throws(DataError) {
        var stream = stream
        let header = try NumPyHeader(Array(stream.peek(NumPyHeader.limit)), file: stream.name)
        stream.skip(header.size)
        try self.init(
            stream, shape: header.shape, type: header.type, isBigEndian: header.isBigEndian,
            headerSize: header.size, missing: missing)
    }

    /// An array [samples, …] in the IDX format, whose numbers are taken in the same way.
    init(idx stream: ByteStream, missing: MissingValues = .refuse) throws(DataError) {
        var stream = stream
        let header = try IDXHeader(Array(stream.peek(IDXHeader.limit)), file: stream.name)
        stream.skip(header.size)
        try self.init(
            stream, shape: header.shape, type: header.type, isBigEndian: true,
            headerSize: header.size, missing: missing)
    }

    /// Images of bytes, one behind the other, scaled to [0, 1].
    init(raw stream: ByteStream, featureCount: Int) {
        self.stream = stream
        self.featureCount = featureCount
        sampleShape = [featureCount]
        elementSize = 1
        announced = nil
        missing = .refuse
        element = Self.intensity
    }

    private init(
        _ stream: ByteStream, shape: [Int], type: ArrayElement, isBigEndian: Bool, headerSize: Int,
        missing: MissingValues
    ) throws(DataError) {
        let elementSize = type.size
        guard !shape.isEmpty else { throw .singleNumber(stream.name) }
        // No size may be multiplied before all of them are, so that none of the products overflows.
        guard let size = (shape + [elementSize]).checkedProduct else {
            throw .countOverflow(file: stream.name, shape: shape)
        }
        guard let count = shape.first, size > 0 else { throw .noSamples(stream.name) }
        if let found = stream.count.map({ $0 - headerSize }), found != size {
            throw .byteCount(file: stream.name, expected: size, found: found)
        }
        self.stream = stream
        self.elementSize = elementSize
        self.missing = missing
        if type == .uint8 {
            element = Self.intensity
        } else {
            element = { bytes, offset in type.load(bytes, at: offset, isBigEndian: isBigEndian) }
        }
        announced = size
        featureCount = size / elementSize / count
        sampleShape = shape.sampleShape
    }

    private static func intensity(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        Float(bytes[offset]) / 255
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        let sampleSize = featureCount * elementSize
        let left = announced.map { $0 - read } ?? .max
        guard left > 0 else {
            guard try stream.available().isEmpty else {
                throw .moreBytes(file: stream.name, expected: read)
            }
            return []
        }
        let bytes = try stream.take(min(limit, left / sampleSize) * sampleSize)
        if bytes.count < min(limit, left / sampleSize) * sampleSize, let announced {
            throw .byteCount(file: stream.name, expected: announced, found: read + bytes.count)
        }
        guard bytes.count % sampleSize == 0 else {
            throw .partialSample(
                file: stream.name, sample: (read + bytes.count) / sampleSize,
                found: bytes.count % sampleSize, expected: sampleSize)
        }
        let features = bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: elementSize).map { element(bytes, $0) }
        }
        let allowsNaN = missing == .mean
        if let position = features.firstIndex(where: { !$0.isFinite && !(allowsNaN && $0.isNaN) }) {
            throw .notFinite(file: stream.name, position: read / elementSize + position)
        }
        read += bytes.count
        return features
    }
}
