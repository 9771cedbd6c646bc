import Foundation

/// An array in NumPy's `.npy` format: numbers of any common type in, 32-bit floats or bytes out.
public struct NumPyArray: Sendable, Equatable {
    /// The elements of an array.
    public enum Elements: Sendable, Equatable {
        /// Numbers.
        case floats([Float])
        /// Bytes (`uint8`), as images have.
        case bytes([UInt8])

        /// The elements as numbers.
        package var values: [Float] {
            switch self {
            case .floats(let values): values
            case .bytes(let bytes): bytes.map { Float($0) }
            }
        }
    }

    /// The size of each dimension; empty for a single number.
    public let shape: [Int]
    /// The elements, row-major.
    public let elements: Elements
    /// Whether the elements are of an integer type, or of bool.
    public let isWhole: Bool

    /// The elements as numbers, row-major.
    public var values: [Float] { elements.values }

    /// Creates an array of as many values as its shape has places.
    public init(shape: [Int], values: [Float]) {
        precondition(shape.checkedProduct == values.count, "\(values.count) values in \(shape)")
        self.shape = shape
        elements = .floats(values)
        isWhole = false
    }

    /// Reads a file of format version 1.0, 2.0 or 3.0.
    public init(contentsOf path: String) throws(DataError) {
        try self.init(InputFile.read(path), name: path)
    }

    /// Reads the bytes of a file, which errors call by the name; infinite numbers are refused, and so is NaN unless it is
    /// allowed.
    public init(
        _ bytes: [UInt8], name: String, allowingNaN: Bool = false
    ) throws(DataError) {
        guard !bytes.isEmpty else { throw .noSamples(name) }
        let header = try NumPyHeader(bytes, file: name)
        let elementSize = header.type.size
        guard let count = header.shape.checkedProduct,
            let size = [count, elementSize].checkedProduct
        else { throw .countOverflow(file: name, shape: header.shape) }
        // The size that the header claims is believed, and room made for it, only if it is there.
        guard bytes.count - header.size == size else {
            throw .byteCount(file: name, expected: size, found: bytes.count - header.size)
        }
        shape = header.shape
        isWhole = header.type.isWhole
        if header.type == .uint8 {
            let stored = Array(bytes[header.size...])
            elements = .bytes(header.isColumnMajor ? stored.transposed(header.shape) : stored)
            return
        }
        let decoded = try header.type.load(
            bytes, from: header.size, count: count, isBigEndian: header.isBigEndian, file: name,
            allowingNaN: allowingNaN)
        elements = .floats(header.isColumnMajor ? decoded.transposed(header.shape) : decoded)
    }

    /// Writes the array as format version 1.0 with elements `<f4`; a failure leaves the old file.
    public func write(to path: String) throws(DataError) {
        do throws(AtomicFileError) {
            try AtomicFile.write(Data(encoded()), to: URL(fileURLWithPath: path))
        } catch {
            throw .system(file: path, code: error.code)
        }
    }

    /// Returns the bytes that ``write(to:)`` puts into a file.
    public func encoded() -> [UInt8] {
        var bytes = Self.header(for: shape)
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// Returns what stands before the elements in such a file; for up to two dimensions it always has
    /// 128 bytes.
    package static func header(for shape: [Int]) -> [UInt8] {
        let sizes = shape.map { "\($0)," }.joined(separator: " ")
        var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
        // Readers that map the file want the elements to begin at a multiple of 64.
        let unpadded = NumPyHeader.signature.count + 4 + header.utf8.count + 1
        header += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"

        var bytes = NumPyHeader.signature + [1, 0]
        withUnsafeBytes(of: UInt16(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: header.utf8)
        return bytes
    }
}

extension Array {
    /// The elements of an array of that shape whose first index varied fastest, so that the last one does.
    fileprivate func transposed(_ shape: [Int]) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(count)
        var strides: [Int] = []
        var size = 1
        for length in shape {
            strides.append(size)
            size *= length
        }
        var place = [Int](repeating: 0, count: shape.count)
        var offset = 0
        for _ in indices {
            result.append(self[offset])
            for axis in shape.indices.reversed() {
                place[axis] += 1
                offset += strides[axis]
                if place[axis] < shape[axis] { break }
                offset -= strides[axis] * shape[axis]
                place[axis] = 0
            }
        }
        return result
    }
}
