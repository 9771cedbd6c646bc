import Foundation

extension Safetensors {
    /// The type of a tensor's elements, by its name in the format.
    public enum ElementType: String, Sendable, CaseIterable {
        /// Truth values of one byte.
        case bool = "BOOL"
        /// Unsigned integers of 8 bits.
        case uint8 = "U8"
        /// Integers of 8 bits.
        case int8 = "I8"
        /// Integers of 16 bits.
        case int16 = "I16"
        /// IEEE 754 numbers of 16 bits.
        case float16 = "F16"
        /// The upper half of IEEE 754 numbers of 32 bits.
        case bfloat16 = "BF16"
        /// Integers of 32 bits.
        case int32 = "I32"
        /// IEEE 754 numbers of 32 bits.
        case float32 = "F32"
        /// IEEE 754 numbers of 64 bits.
        case float64 = "F64"
        /// Integers of 64 bits.
        case int64 = "I64"

        /// The bytes of one element.
        public var size: Int {
            switch self {
            case .bool, .uint8, .int8: 1
            case .int16, .float16, .bfloat16: 2
            case .int32, .float32: 4
            case .float64, .int64: 8
            }
        }

        /// The place in the reference implementation's order, which the cases above follow.
        var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
    }

    /// One named tensor: a shape and its elements, row-major.
    public struct Tensor: Sendable, Equatable {
        /// The name, unique in its file.
        public let name: String
        /// The sizes of the dimensions; empty for a scalar.
        public let shape: [Int]
        /// The type of the elements.
        public let elementType: ElementType
        /// The elements as stored: little-endian, row-major.
        public let bytes: Data

        /// Creates a tensor from its stored bytes, which must fit the shape.
        public init(
            name: String, shape: [Int], elementType: ElementType, bytes: Data
        ) throws(SafetensorsError) {
            guard Self.byteCount(of: shape, elementType) == bytes.count else {
                throw SafetensorsError(
                    .sizeMismatch(
                        tensor: name, shape: shape, type: elementType.rawValue, bytes: bytes.count))
            }
            self.name = name
            self.shape = shape
            self.elementType = elementType
            self.bytes = bytes
        }

        /// Creates a tensor of 32-bit floating-point numbers, whose count must fit the shape.
        public init(name: String, shape: [Int], floats: [Float]) throws(SafetensorsError) {
            try self.init(
                name: name, shape: shape, elementType: .float32,
                bytes: Self.bytes(of: floats) { $0.bitPattern })
        }

        /// Creates a tensor of 64-bit floating-point numbers, whose count must fit the shape.
        public init(name: String, shape: [Int], doubles: [Double]) throws(SafetensorsError) {
            try self.init(
                name: name, shape: shape, elementType: .float64,
                bytes: Self.bytes(of: doubles) { $0.bitPattern })
        }

        /// Creates a tensor of 32-bit integers, whose count must fit the shape.
        public init(name: String, shape: [Int], int32s: [Int32]) throws(SafetensorsError) {
            try self.init(
                name: name, shape: shape, elementType: .int32, bytes: Self.bytes(of: int32s) { $0 })
        }

        /// The number of elements.
        public var count: Int { bytes.count / elementType.size }

        /// The elements as 32-bit floating-point numbers, rounded to nearest where they are wider.
        public func floats() -> [Float] {
            switch elementType {
            case .bool: map(UInt8.self) { $0 == 0 ? 0 : 1 }
            case .uint8: map(UInt8.self) { Float($0) }
            case .int8: map(Int8.self) { Float($0) }
            case .int16: map(Int16.self) { Float($0) }
            case .int32: map(Int32.self) { Float($0) }
            case .int64: map(Int64.self) { Float($0) }
            case .float16: map(UInt16.self) { Float(Float16(bitPattern: $0)) }
            case .bfloat16: map(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
            case .float32: map(UInt32.self) { Float(bitPattern: $0) }
            case .float64: map(UInt64.self) { Float(Double(bitPattern: $0)) }
            }
        }

        /// The elements as 64-bit floating-point numbers, rounded to nearest where they are wider.
        public func doubles() -> [Double] {
            switch elementType {
            case .float64: map(UInt64.self) { Double(bitPattern: $0) }
            case .int32: map(Int32.self) { Double($0) }
            case .int64: map(Int64.self) { Double($0) }
            default: floats().map { Double($0) }  // exact: every other type fits into 32-bit floats
            }
        }

        /// The elements as 32-bit integers; floating-point tensors and values out of range are refused.
        public func int32s() throws(SafetensorsError) -> [Int32] {
            switch elementType {
            case .bool: return map(UInt8.self) { $0 == 0 ? 0 : 1 }
            case .uint8: return map(UInt8.self) { Int32($0) }
            case .int8: return map(Int8.self) { Int32($0) }
            case .int16: return map(Int16.self) { Int32($0) }
            case .int32: return map(Int32.self) { $0 }
            case .int64:
                let values = map(Int64.self) { $0 }
                if let index = values.firstIndex(where: { Int32(exactly: $0) == nil }) {
                    throw SafetensorsError(
                        .integerOutOfRange(tensor: name, index: index, value: values[index]))
                }
                return values.map { Int32(truncatingIfNeeded: $0) }
            case .float16, .bfloat16, .float32, .float64:
                throw SafetensorsError(.notIntegers(tensor: name, type: elementType.rawValue))
            }
        }

        /// Reads the bytes as little-endian integers, which need not be aligned, and converts each.
        private func map<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
            _ type: Stored.Type, _ value: (Stored) -> Value
        ) -> [Value] {
            let stride = MemoryLayout<Stored>.size
            return bytes.withUnsafeBytes { raw in
                (0..<raw.count / stride).map { index in
                    value(
                        Stored(
                            littleEndian: raw.loadUnaligned(
                                fromByteOffset: index * stride, as: Stored.self)))
                }
            }
        }

        private static func bytes<Value, Stored: FixedWidthInteger>(
            of values: [Value], _ stored: (Value) -> Stored
        ) -> Data {
            values.map { stored($0).littleEndian }.withUnsafeBytes { Data($0) }
        }

        /// The bytes that a shape takes, or nil if a size is negative or the product too large.
        private static func byteCount(of shape: [Int], _ type: ElementType) -> Int? {
            var count = type.size
            for size in shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: size)
                guard size >= 0, !overflow else { return nil }
                count = product
            }
            return count
        }
    }
}
