/// An array from an IDX file, the format of MNIST.
///
///     0 0 type rank | one big-endian 32-bit size a dimension | the elements, big-endian and row-major
package struct IDX {
    package let shape: [Int]
    package let elements: NumPyArray.Elements
    /// Whether the elements are of an integer type.
    package let isWhole: Bool

    /// The most bytes that a gzipped file may inflate to; EMNIST, the largest published set, has 0.6 GB.
    static let inflatedLimit = 1 << 31

    /// Reads a file, which is gzipped if its name ends in `.gz`.
    package init(contentsOf path: String) throws(DataError) {
        var bytes = try InputFile.read(path)
        if path.hasSuffix(".gz") {
            bytes = try Gzip.inflate(bytes, file: path, limit: Self.inflatedLimit)
        }
        try self.init(bytes, file: path)
    }

    init(_ bytes: consuming [UInt8], file: String) throws(DataError) {
        guard !bytes.isEmpty else { throw .noSamples(file) }
        let head = Array(bytes[..<min(IDXHeader.limit, bytes.count)])
        let header = try IDXHeader(head, file: file)
        guard let size = [header.count, header.type.size].checkedProduct else {
            throw .countOverflow(file: file, shape: header.shape)
        }
        guard bytes.count - header.size == size else {
            throw .byteCount(file: file, expected: size, found: bytes.count - header.size)
        }
        shape = header.shape
        isWhole = header.type.isWhole
        guard header.type == .uint8 else {
            elements = .floats(
                try header.type.load(
                    bytes, from: header.size, count: header.count, isBigEndian: true, file: file))
            return
        }
        // In place, as a copy would double the memory of a large set.
        bytes.removeFirst(header.size)
        elements = .bytes(bytes)
    }
}

/// What stands before the elements of an IDX file.
package struct IDXHeader {
    /// The bytes that a header may have.
    package static let limit = 4 + 4 * Int(UInt8.max)

    package let shape: [Int]
    package let type: ArrayElement
    /// The number of elements.
    let count: Int
    /// The number of bytes before the first element.
    package let size: Int

    package init(_ bytes: [UInt8], file: String) throws(DataError) {
        guard Self.isHeader(bytes), let type = Self.types[bytes[2]] else {
            throw .unexpected(bytes, file: file, expected: "an IDX signature such as 00 00 08 03")
        }
        self.type = type
        size = 4 + 4 * Int(bytes[3])
        guard bytes.count >= size else {
            throw .byteCount(file: file, expected: size - 4, found: bytes.count - 4)
        }
        shape = stride(from: 4, to: size, by: 4).map { start in
            bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        guard let count = shape.checkedProduct else {
            throw .countOverflow(file: file, shape: shape)
        }
        self.count = count
    }

    /// Whether a file that begins so is in the IDX format.
    package static func isHeader(_ head: some Collection<UInt8>) -> Bool {
        let head = Array(head.prefix(4))
        return head.count == 4 && head.starts(with: [0, 0]) && types[head[2]] != nil && head[3] > 0
    }

    private static let types: [UInt8: ArrayElement] = [
        0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]
}
