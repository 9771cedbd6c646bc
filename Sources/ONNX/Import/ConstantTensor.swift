import Foundation

/// Numbers that a file brings along: an initializer, the value of a `Constant` or a list of a node's settings.
///
/// They stay as they are stored until a layer takes them, as any number of nodes may name them.
struct ConstantTensor {
    let name: String
    private let stored: TensorProto
    private let files: ExternalFiles?
    private var sizes: [Int64]
    /// The stored axes in the order that a `Transpose` of the graph gives them; nil for their own.
    private var order: [Int]?

    init(_ stored: TensorProto, named name: String, files: ExternalFiles? = nil) {
        self.stored = stored
        self.name = name
        self.files = files
        sizes = stored.dims
    }

    /// 64-bit integers in a row.
    init(integers: [Int64], named name: String) {
        self.init(
            .with {
                ($0.dataType, $0.dims, $0.int64Data) =
                    (ElementType.int64, [Int64(integers.count)], integers)
            }, named: name)
    }

    /// 32-bit floats in the given shape.
    init(floats: [Float], shape: [Int], named name: String) {
        self.init(
            .with {
                ($0.dataType, $0.dims, $0.floatData) =
                    (ElementType.float32, shape.map(Int64.init), floats)
            }, named: name)
    }

    /// The same numbers with their axes in another order, by default the reverse.
    func transposed(_ order: [Int]? = nil) throws(ONNXError) -> ConstantTensor {
        let order = order ?? sizes.indices.reversed()
        guard order.sorted() == Array(sizes.indices), sizes.count <= 8 else {
            throw error("is transposed by \(order.prefix(8))")
        }
        var result = self
        let whole = order.map { self.order?[$0] ?? $0 }
        result.order = whole == whole.sorted() ? nil : whole
        return result
    }

    /// The same numbers in another shape, of which one size may be -1.
    func reshaped(to target: [Int]) throws(ONNXError) -> ConstantTensor {
        let shape = try shape()
        guard order == nil, let count = shape.checkedProduct,
            let known = target.filter({ $0 != -1 }).checkedProduct,
            target.allSatisfy({ $0 >= -1 }), target.count(where: { $0 == -1 }) <= 1
        else { throw error("cannot be brought into another shape") }
        let rest = known > 0 ? count / known : 0
        var result = self
        result.sizes = target.map { Int64($0 == -1 ? rest : $0) }
        guard try result.shape().checkedProduct == count else {
            throw error("has the shape \(shape.prefix(8)) and cannot become \(target.prefix(8))")
        }
        return result
    }

    /// The sizes of the axes, none of which is negative.
    func shape() throws(ONNXError) -> [Int] {
        guard sizes.allSatisfy({ (0...Int64(Int32.max)).contains($0) }) else {
            throw error("has a size that is negative or above \(Int32.max)")
        }
        let shape = sizes.map(Int.init)
        return order.map { $0.map { shape[$0] } } ?? shape
    }

    /// The numbers in the order of the shape, the last axis running fastest.
    func values() throws(ONNXError) -> [Float] {
        guard let order else { return try floats() }
        return try floats().transposed(sizes.map(Int.init), order)
    }

    /// A matrix of numbers, row by row; `transposing` exchanges rows and columns.
    func matrix(transposing: Bool) throws(ONNXError) -> [Float] {
        let shape = try shape()
        guard shape.count == 2 else {
            throw error("is used as a matrix and has \(shape.count) axes")
        }
        return try (transposing ? transposed() : self).values()
    }

    // MARK: - Elements

    /// Throws unless there are elements of a known type, as many as the shape says.
    func check() throws(ONNXError) {
        guard let size = ElementType.size(stored.dataType) else {
            throw error("has elements of type \(stored.dataType), where numbers are needed")
        }
        var expected = size
        for extent in try shape() {
            let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
            // More than there can be bytes.
            expected = overflow ? .max : product
        }
        if isExternal {
            guard let files else { throw ONNXError(.externalData(file: location, problem: "")) }
            return try files.check(stored, named: name, byteCount: expected)
        }
        let byteCount = stored.rawData.isEmpty ? size * fieldCount : stored.rawData.count
        guard byteCount == expected else {
            throw error(
                "has \(byteCount) bytes, which do not fit its shape \(sizes.prefix(8))")
        }
    }

    /// The numbers in the order in which they are stored, rounded to 32-bit floats where they are wider.
    func floats() throws(ONNXError) -> [Float] {
        switch stored.dataType {
        case ElementType.float32:
            try elements(stored.floatData, { $0 }, { (bits: UInt32) in Float(bitPattern: bits) })
        case ElementType.float64:
            try elements(
                stored.doubleData, { Float($0) },
                { (bits: UInt64) in Float(Double(bitPattern: bits)) })
        case ElementType.float16:
            try elements(
                stored.int32Data, { Self.half(UInt16(truncatingIfNeeded: $0)) },
                { Self.half($0) })
        case ElementType.bfloat16:
            try elements(
                stored.int32Data, { Self.upperHalf(UInt16(truncatingIfNeeded: $0)) },
                { Self.upperHalf($0) })
        default: try integers().map { Float($0) }
        }
    }

    /// The integers as stored.
    func integers() throws(ONNXError) -> [Int64] {
        func small<Stored: FixedWidthInteger & BitwiseCopyable>(
            _ type: Stored.Type
        ) throws(ONNXError) -> [Int64] {
            try elements(stored.int32Data, { Int64($0) }, { (value: Stored) in Int64(value) })
        }
        return switch stored.dataType {
        case ElementType.int64: try elements(stored.int64Data, { $0 }, { (bits: Int64) in bits })
        case ElementType.int32: try small(Int32.self)
        case ElementType.int16: try small(Int16.self)
        case ElementType.uint16: try small(UInt16.self)
        case ElementType.int8: try small(Int8.self)
        case ElementType.uint8, ElementType.bool: try small(UInt8.self)
        default:
            throw error("has elements of type \(stored.dataType), where integers are needed")
        }
    }

    /// The only number; nil if there are several, or none that can be read.
    var number: Float? {
        guard let shape = try? shape(), shape.allSatisfy({ $0 == 1 }) else { return nil }
        return try? floats().first
    }

    /// The texts, such as names of classes; nil if they are numbers.
    var texts: [String]? {
        guard stored.dataType == ElementType.string else { return nil }
        return stored.stringData.map { String(decoding: $0.prefix(1024), as: UTF8.self) }
    }

    private static func half(_ bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }
    private static func upperHalf(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

    private var isExternal: Bool {
        stored.dataLocation != .default || !stored.externalData.isEmpty
    }

    private var location: String { ExternalFiles.location(of: stored) }

    /// The number of elements in the field of the type.
    private var fieldCount: Int {
        switch stored.dataType {
        case ElementType.float32: stored.floatData.count
        case ElementType.float64: stored.doubleData.count
        case ElementType.int64: stored.int64Data.count
        default: stored.int32Data.count
        }
    }

    /// The elements, from raw bytes if there are any, else from the type's own field.
    ///
    /// Their number is compared with the shape's before anything is allocated for them.
    private func elements<Stored: FixedWidthInteger & BitwiseCopyable, Field, Value>(
        _ field: [Field], _ fieldValue: (Field) -> Value, _ value: (Stored) -> Value
    ) throws(ONNXError) -> [Value] {
        try check()
        let data: Data
        if isExternal, let files {
            data = try files.bytes(of: stored, named: name)
        } else if stored.rawData.isEmpty {
            return field.map(fieldValue)
        } else {
            data = stored.rawData
        }
        let size = MemoryLayout<Stored>.size
        return data.withUnsafeBytes { bytes in
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

extension [Float] {
    /// The numbers of an array of these sizes with its axes in another order.
    func transposed(_ sizes: [Int], _ order: [Int]) -> [Float] {
        guard !isEmpty else { return self }
        var strides = sizes.map { _ in 1 }
        for axis in sizes.indices.dropLast().reversed() {
            strides[axis] = strides[axis + 1] * sizes[axis + 1]
        }
        let (steps, extents) = (order.map { strides[$0] }, order.map { sizes[$0] })
        var place = extents.map { _ in 0 }
        var offset = 0
        return [Float](unsafeUninitializedCapacity: count) { result, count in
            for index in indices {
                result[index] = self[offset]
                for axis in extents.indices.reversed() {
                    place[axis] += 1
                    offset += steps[axis]
                    guard place[axis] == extents[axis] else { break }
                    offset -= steps[axis] * extents[axis]
                    place[axis] = 0
                }
            }
            count = self.count
        }
    }
}
