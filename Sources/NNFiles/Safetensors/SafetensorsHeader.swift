import Foundation

/// The JSON in front of the tensors of a safetensors file.
struct SafetensorsHeader {
    static let metadataKey = "__metadata__"

    var metadata: [String: String] = [:]
    /// Tensor entries in the order of their bytes.
    var entries: [(name: String, entry: Entry)] = []
    /// Where the header ends in the file's data and the tensors begin.
    var end: Data.Index

    init(of data: Data) throws(SafetensorsError) {
        guard data.count >= 8 else { throw SafetensorsError(.truncated(bytes: data.count)) }
        let length = data.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if let format = Self.foreignFormat(of: data) { throw SafetensorsError(.foreign(format)) }
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

    /// What the first bytes say that the file is, if it is none of ours and something that weights come in.
    private static func foreignFormat(of data: Data) -> String? {
        // A header of at least two bytes begins with a brace; the length in front of one is no larger than the limit.
        let signatures: [(bytes: [UInt8], name: String)] = [
            (Array("PK\u{3}\u{4}".utf8), "a zip archive, as torch.save writes .pt and .pth files"),
            ([0x89] + Array("HDF\r\n".utf8), "an HDF5 file, as Keras writes"),
            (Array("GGUF".utf8), "a GGUF file"),
            ([0x93] + Array("NUMPY".utf8), "a NumPy array"),
            ([0x1F, 0x8B], "a gzip file"),
        ]
        guard data.dropFirst(8).first != UInt8(ascii: "{") else { return nil }
        if let known = signatures.first(where: { data.starts(with: $0.bytes) }) {
            return known.name
        }
        // The opcode of a protocol from 2 to 5.
        let isPickle = data.first == 0x80 && (2...5).contains(data.dropFirst().first ?? 0)
        return isPickle ? "a pickled Python object, as older .pt files are" : nil
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
    typealias Entry = SafetensorsHeader.Entry

    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: Entry)] = []
    var keyCount: Int

    init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        keyCount = object.allKeys.count
        for key in object.allKeys {
            if key.stringValue == SafetensorsHeader.metadataKey {
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

extension SafetensorsHeader {
    /// What the header says of one tensor.
    struct Entry: Decodable {
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
            named name: String, in data: Data, from origin: Data.Index,
            after place: inout Data.Index
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
}

/// Any JSON key.
private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }
}
