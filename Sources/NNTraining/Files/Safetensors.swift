import Foundation

/// Named tensors and a text dictionary in one file, in the safetensors format.
///
///     8 bytes: header length | header: JSON, padded with spaces | the tensors' bytes, little-endian, without gaps
///
/// A file is not trusted: every length, offset and shape is checked against the bytes that are there before anything
/// is allocated from it. The same content always gives the same bytes.
public struct Safetensors: Sendable, Equatable {
    /// The longest header that is read or written, as in the reference implementation.
    public static let maximumHeaderLength = 100_000_000

    /// The tensors: in the file's order after reading, in the order of insertion before writing.
    public private(set) var tensors: [Tensor] = []

    /// The place of each tensor, by name: a file may have very many.
    private var places: [String: Int] = [:]

    /// Free text that travels with the tensors.
    public var metadata: [String: String]

    /// Creates a set of tensors whose names must differ.
    public init(
        _ tensors: [Tensor] = [], metadata: [String: String] = [:]
    ) throws(SafetensorsError) {
        self.metadata = metadata
        for tensor in tensors {
            guard tensor.name != Header.metadataKey, places[tensor.name] == nil else {
                throw SafetensorsError(.duplicateName(tensor.name))
            }
            add(tensor)
        }
    }

    /// Reads a file.
    public init(contentsOf url: URL) throws(SafetensorsError) {
        let data: Data
        do throws(DataError) {
            data = Data(try InputFile.read(url.path))
        } catch .system(_, let code) {
            throw SafetensorsError(.unreadable(String(cString: strerror(code))), file: url.path)
        } catch .tooLarge {
            throw SafetensorsError(.unreadable("larger than the memory"), file: url.path)
        } catch {
            throw SafetensorsError(.unreadable("not a regular file"), file: url.path)
        }
        do throws(SafetensorsError) {
            try self.init(data: data)
        } catch {
            throw SafetensorsError(error.reason, file: url.path)
        }
    }

    /// Reads a file's content; the tensors share its memory.
    public init(data: Data) throws(SafetensorsError) {
        let header = try Header(of: data)
        metadata = header.metadata
        var end = header.end
        for (name, entry) in header.entries {
            add(try entry.tensor(named: name, in: data, from: header.end, after: &end))
        }
        guard end == data.endIndex else {
            throw SafetensorsError(.unclaimedBytes(data.endIndex - end))
        }
    }

    /// The tensor of that name, if there is one.
    public subscript(name: String) -> Tensor? { places[name].map { tensors[$0] } }

    private mutating func add(_ tensor: Tensor) {
        places[tensor.name] = tensors.count
        tensors.append(tensor)
    }

    /// Writes a file, atomically: after a crash there is the old file or the new one.
    public func write(to url: URL) throws {
        try AtomicFile.write(encoded(), to: url)
    }

    /// The file's content.
    ///
    /// Tensors are stored as the reference implementation stores them, by falling alignment and then by name, so that
    /// each is aligned to its element size.
    public func encoded() throws(SafetensorsError) -> Data {
        let sorted = tensors.sorted {
            $0.elementType != $1.elementType
                ? $0.elementType.rank > $1.elementType.rank
                : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        let header = try Header.text(of: sorted, metadata: metadata)
        var data = Data(capacity: 8 + header.count + sorted.reduce(0) { $0 + $1.bytes.count })
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(header)
        for tensor in sorted { data.append(tensor.bytes) }
        return data
    }
}

// MARK: - Elements

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
        fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
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
        fileprivate static func byteCount(of shape: [Int], _ type: ElementType) -> Int? {
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

// MARK: - Header

/// The JSON in front of the tensors.
private struct Header {
    static let metadataKey = "__metadata__"

    var metadata: [String: String] = [:]
    /// Tensor entries in the order of their bytes.
    var entries: [(name: String, entry: Entry)] = []
    /// Where the header ends in the file's data and the tensors begin.
    var end: Data.Index

    init(of data: Data) throws(SafetensorsError) {
        guard data.count >= 8 else { throw SafetensorsError(.truncated(bytes: data.count)) }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Safetensors.maximumHeaderLength else {
            throw SafetensorsError(.headerTooLong(bytes: length))
        }
        guard length <= data.count - 8 else {
            throw SafetensorsError(.truncated(bytes: data.count))
        }
        let text = data.dropFirst(8).prefix(Int(length))
        end = text.endIndex
        // Foundation would also take UTF-16 and UTF-32, which is what a zero byte in a JSON text means.
        guard text.first == UInt8(ascii: "{"), !text.contains(0),
            String(validating: text, as: UTF8.self) != nil
        else { throw SafetensorsError(.headerNotText) }
        let fields: Fields
        do {
            fields = try JSONDecoder().decode(Fields.self, from: Data(text))
        } catch let error as SafetensorsError {
            throw error
        } catch {
            throw SafetensorsError(.headerNotJSON)
        }
        // The decoder keeps one of two equal keys without a word, so the keys are counted in the text.
        let count = fields.entries.count * Entry.keyCount + fields.metadata.count + fields.keyCount
        guard Self.countKeys(of: text) == count else { throw SafetensorsError(.duplicateKey) }
        metadata = fields.metadata
        entries = fields.entries.sorted {
            let left = $0.entry
            let right = $1.entry
            return left.begin != right.begin
                ? left.begin < right.begin
                : left.end != right.end
                    ? left.end < right.end
                    : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
    }

    /// The header of a file with these tensors in this order, padded to eight bytes.
    static func text(
        of tensors: [Safetensors.Tensor], metadata: [String: String]
    ) throws(SafetensorsError) -> Data {
        var fields: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let texts = try pairs.map { pair throws(SafetensorsError) in
                try "\(quoted(pair.key)):\(quoted(pair.value))"
            }
            fields.append("\"\(metadataKey)\":{\(texts.joined(separator: ","))}")
        }
        var begin = 0
        for tensor in tensors {
            let end = begin + tensor.bytes.count
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            fields.append(
                """
                \(try quoted(tensor.name)):{"dtype":"\(tensor.elementType.rawValue)",\
                "shape":[\(shape)],"data_offsets":[\(begin),\(end)]}
                """)
            begin = end
        }
        var text = Data("{\(fields.joined(separator: ","))}".utf8)
        text.append(Data(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8))
        guard text.count <= Safetensors.maximumHeaderLength else {
            throw SafetensorsError(.headerTooLong(bytes: UInt64(text.count)))
        }
        return text
    }

    private static func quoted(_ string: String) throws(SafetensorsError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        do {
            return String(decoding: try encoder.encode(string), as: UTF8.self)
        } catch {
            throw SafetensorsError(.headerNotText)
        }
    }

    /// Counts the colons outside strings of a valid JSON text: one per key.
    private static func countKeys(of text: Data) -> Int {
        var count = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if isInString {
                isEscaped = byte == UInt8(ascii: "\\")
            } else if byte == UInt8(ascii: ":") {
                count += 1
            }
        }
        return count
    }
}

/// The header as JSON: an object whose keys are the tensors' names.
private struct Fields: Decodable {
    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: Entry)] = []
    var keyCount: Int

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        keyCount = object.allKeys.count
        for key in object.allKeys {
            if key.stringValue == Header.metadataKey {
                guard let text = try? object.decodeIfPresent([String: String].self, forKey: key)
                else {
                    if (try? object.decodeNil(forKey: key)) == true { continue }
                    throw SafetensorsError(.malformedMetadata)
                }
                metadata = text
            } else {
                guard let entry = try? object.decode(Entry.self, forKey: key) else {
                    throw SafetensorsError(.malformedEntry(tensor: key.stringValue))
                }
                entries.append((key.stringValue, entry))
            }
        }
    }
}

/// What the header says of one tensor.
private struct Entry: Decodable {
    static let keyCount = 3

    var type: String
    var shape: [Int]
    var begin: Int
    var end: Int

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        type = try object.decode(String.self, forKey: Key("dtype"))
        shape = try object.decode([Int].self, forKey: Key("shape"))
        let offsets = try object.decode([Int].self, forKey: Key("data_offsets"))
        guard object.allKeys.count == Self.keyCount, offsets.count == 2 else {
            throw SafetensorsError(.headerNotJSON)
        }
        begin = offsets[0]
        end = offsets[1]
    }

    /// The tensor of this entry, which must begin where the one before it ended; moves that place on.
    func tensor(
        named name: String, in data: Data, from origin: Data.Index, after place: inout Data.Index
    ) throws(SafetensorsError) -> Safetensors.Tensor {
        guard let elementType = Safetensors.ElementType(rawValue: type) else {
            throw SafetensorsError(.unsupportedType(tensor: name, type: type))
        }
        guard begin == place - origin, begin <= end, end <= data.endIndex - origin else {
            throw SafetensorsError(.misplaced(tensor: name, begin: begin, end: end))
        }
        place = origin + end
        return try Safetensors.Tensor(
            name: name, shape: shape, elementType: elementType,
            bytes: data[origin + begin..<place])
    }
}

/// Any JSON key.
private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
