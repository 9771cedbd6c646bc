/// An array of unsigned bytes from an IDX file, the format of MNIST.
///
///     0 0 type rank | one big-endian 32-bit size a dimension | the elements, row-major
package struct IDX {
    package let shape: [Int]
    package let elements: [UInt8]

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
        guard bytes.count - header.size == header.count else {
            throw .byteCount(
                file: file, expected: header.count, found: bytes.count - header.size)
        }
        shape = header.shape
        // In place, as a copy would double the memory of a large set.
        bytes.removeFirst(header.size)
        elements = bytes
    }
}

/// What stands before the elements of an IDX file.
package struct IDXHeader {
    /// The bytes that a header may have.
    package static let limit = 4 + 4 * Int(UInt8.max)

    package let shape: [Int]
    /// The number of elements.
    let count: Int
    /// The number of bytes before the first element.
    package let size: Int

    package init(_ bytes: [UInt8], file: String) throws(DataError) {
        guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0,
            let type = Self.typeNames[bytes[2]], bytes[3] > 0
        else { throw .wrongFormat(file: file, expected: "the IDX signature 00 00 08") }
        guard bytes[2] == 0x08 else {
            throw .unsupportedElements(file: file, found: type, accepted: "unsigned bytes")
        }
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

    private static let typeNames: [UInt8: String] = [
        0x08: "unsigned byte", 0x09: "signed byte", 0x0B: "16-bit integer",
        0x0C: "32-bit integer", 0x0D: "32-bit float", 0x0E: "64-bit float",
    ]
}
