import Foundation

/// Numbers that a file brings along: an initializer or the value of a `Constant`.
struct ConstantTensor {
    private let name: String
    private let stored: TensorProto
    /// Whether a `Transpose` of the graph lies between the stored numbers and the readers.
    private var isTransposed = false

    init(_ stored: TensorProto, named name: String) {
        self.stored = stored
        self.name = name
    }

    /// 64-bit integers as the attribute of a `Constant` lists them.
    init(integers: [Int64], named name: String) {
        self.init(
            .with {
                ($0.dataType, $0.dims, $0.int64Data) =
                    (ElementType.int64, [Int64(integers.count)], integers)
            }, named: name)
    }

    /// The matrix with rows and columns exchanged.
    func transposed() throws(ONNXError) -> ConstantTensor {
        guard stored.dims.count == 2 else { throw error("is transposed without being a matrix") }
        var result = self
        result.isTransposed.toggle()
        return result
    }

    /// The sizes of the axes, none of which is negative.
    func shape() throws(ONNXError) -> [Int] {
        guard stored.dims.allSatisfy({ (0...Int64(Int32.max)).contains($0) }) else {
            throw error("has a size that is negative or above \(Int32.max)")
        }
        let shape = stored.dims.map(Int.init)
        return isTransposed ? shape.reversed() : shape
    }

    /// A matrix of 32-bit floats, row by row; `transposing` exchanges rows and columns.
    func matrix(transposing: Bool) throws(ONNXError) -> [Float] {
        let shape = try shape()
        guard shape.count == 2 else {
            throw error("is used as a matrix and has \(shape.count) axes")
        }
        let values = try floats()
        guard transposing != isTransposed else { return values }
        // As stored; what is wanted has these rows as its columns.
        let columns = isTransposed ? shape[0] : shape[1]
        let rows = isTransposed ? shape[1] : shape[0]
        return [Float](unsafeUninitializedCapacity: values.count) { result, count in
            for row in 0..<rows {
                for column in 0..<columns {
                    result[column * rows + row] = values[row * columns + column]
                }
            }
            count = values.count
        }
    }

    /// The 32-bit floats as stored.
    func floats() throws(ONNXError) -> [Float] {
        try elements(ElementType.float32, "32-bit floats", stored.floatData) {
            (bits: UInt32) in Float(bitPattern: bits)
        }
    }

    /// Throws unless the 32-bit floats are there, as many as the shape says.
    func checkFloats() throws(ONNXError) {
        try check(ElementType.float32, "32-bit floats", 4, fieldCount: stored.floatData.count)
    }

    /// The 64-bit integers as stored.
    func integers() throws(ONNXError) -> [Int64] {
        try elements(ElementType.int64, "64-bit integers", stored.int64Data) { (bits: Int64) in bits
        }
    }

    /// Whether the only truth value is true.
    func isTrue() throws(ONNXError) -> Bool {
        guard try shape().allSatisfy({ $0 == 1 }) else { throw error("is not a single value") }
        return try elements(ElementType.bool, "truth values", stored.int32Data) {
            (byte: UInt8) in Int32(byte)
        } != [0]
    }

    // MARK: - Elements

    /// Throws unless there are elements of the type, as many as the shape says.
    private func check(
        _ type: Int32, _ typeName: String, _ size: Int, fieldCount: Int
    ) throws(ONNXError) {
        guard stored.dataLocation == .default, stored.externalData.isEmpty else {
            throw error("lies in another file")
        }
        guard stored.dataType == type else {
            throw error("has elements of type \(stored.dataType) where \(typeName) are needed")
        }
        let byteCount = stored.rawData.isEmpty ? size * fieldCount : stored.rawData.count
        var expected = size
        for extent in try shape() {
            let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
            // More than there can be bytes.
            expected = overflow ? .max : product
        }
        guard byteCount == expected else {
            throw error(
                "has \(byteCount) bytes, which do not fit its shape \(stored.dims.prefix(8))")
        }
    }

    /// The elements, from raw bytes if there are any, else from the type's own field.
    ///
    /// Their number is compared with the shape's before anything is allocated for them.
    private func elements<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
        _ type: Int32, _ typeName: String, _ field: [Value], _ value: (Stored) -> Value
    ) throws(ONNXError) -> [Value] {
        let size = MemoryLayout<Stored>.size
        try check(type, typeName, size, fieldCount: field.count)
        guard !stored.rawData.isEmpty else { return field }
        return stored.rawData.withUnsafeBytes { bytes in
            (0..<bytes.count / size).map { index in
                value(
                    Stored(
                        littleEndian: bytes.loadUnaligned(
                            fromByteOffset: index * size, as: Stored.self)))
            }
        }
    }

    private func error(_ problem: String) -> ONNXError {
        ONNXError(.tensor(name: name, problem: problem))
    }
}
