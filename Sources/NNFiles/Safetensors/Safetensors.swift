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
            guard tensor.name != SafetensorsHeader.metadataKey, places[tensor.name] == nil else {
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
        let header = try SafetensorsHeader(of: data)
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
        let header = try SafetensorsHeader.text(of: sorted, metadata: metadata)
        var data = Data(capacity: 8 + header.count + sorted.reduce(0) { $0 + $1.bytes.count })
        withUnsafeBytes(of: UInt64(header.count).littleEndian) { data.append(contentsOf: $0) }
        data.append(header)
        for tensor in sorted { data.append(tensor.bytes) }
        return data
    }
}
