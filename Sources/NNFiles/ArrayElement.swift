/// The element types that are read from files of arrays; the raw value is NumPy's code.
package enum ArrayElement: String, CaseIterable {
    case bool = "b1"
    case int8 = "i1"
    case uint8 = "u1"
    case int16 = "i2"
    case uint16 = "u2"
    case int32 = "i4"
    case uint32 = "u4"
    case int64 = "i8"
    case uint64 = "u8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    package var size: Int {
        switch self {
        case .bool, .int8, .uint8: 1
        case .int16, .uint16, .float16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    /// Whether the elements are whole numbers by their type.
    package var isWhole: Bool {
        switch self {
        case .float16, .float32, .float64: false
        default: true
        }
    }

    /// Returns the element at a byte offset, rounded to the nearest `Float`.
    package func load(_ bytes: UnsafeRawBufferPointer, at offset: Int, isBigEndian: Bool) -> Float {
        func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> T {
            let stored = bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
            return isBigEndian ? T(bigEndian: stored) : T(littleEndian: stored)
        }
        return switch self {
        case .bool: bytes[offset] == 0 ? 0 : 1
        case .int8: Float(integer(Int8.self))
        case .uint8: Float(integer(UInt8.self))
        case .int16: Float(integer(Int16.self))
        case .uint16: Float(integer(UInt16.self))
        case .int32: Float(integer(Int32.self))
        case .uint32: Float(integer(UInt32.self))
        case .int64: Float(integer(Int64.self))
        case .uint64: Float(integer(UInt64.self))
        case .float16: Float(Float16(bitPattern: integer(UInt16.self)))
        case .float32: Float(bitPattern: integer(UInt32.self))
        case .float64: Float(Double(bitPattern: integer(UInt64.self)))
        }
    }

    /// Returns the elements from a byte on, which all are there.
    ///
    /// - Throws: ``DataError/notFinite(file:position:)``.
    func load(
        _ bytes: [UInt8], from start: Int, count: Int, isBigEndian: Bool, file: String,
        allowingNaN: Bool = false
    ) throws(DataError) -> [Float] {
        let values = bytes.withUnsafeBytes { bytes in
            (0..<count).map { load(bytes, at: start + $0 * size, isBigEndian: isBigEndian) }
        }
        if let position = values.firstIndex(where: { !$0.isFinite && !(allowingNaN && $0.isNaN) }) {
            throw .notFinite(file: file, position: position)
        }
        return values
    }
}
