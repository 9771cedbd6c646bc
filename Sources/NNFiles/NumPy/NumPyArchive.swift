/// Named arrays in NumPy's `.npz` format: a zip archive of `.npy` files.
public struct NumPyArchive: Sendable {
    private let archive: ZipArchive
    private let file: String
    private static let ending = ".npy"

    /// Reads the directory of a file's bytes, which errors call by the name.
    public init(_ bytes: [UInt8], name: String) throws(DataError) {
        archive = try ZipArchive(bytes, name: name)
        file = name
    }

    /// Reads the directory of a file.
    public init(contentsOf path: String) throws(DataError) {
        try self.init(InputFile.read(path), name: path)
    }

    /// The names of the arrays, in the file's order.
    public var names: [String] {
        archive.members.map(\.name).filter { $0.hasSuffix(Self.ending) }
            .map { String($0.dropLast(Self.ending.count)) }
    }

    /// What else the file is, by its first bytes.
    package var kind: FileKind? { archive.kind }

    /// The array of that name, or nil if there is none.
    public func array(named name: String) throws(DataError) -> NumPyArray? {
        guard let member = archive.member(named: name + Self.ending) else { return nil }
        return try NumPyArray(archive.contents(of: member), name: "\(file), array \(name)")
    }

    /// The bytes of such a file, which is what `numpy.savez` writes.
    public static func encode(
        _ arrays: [(name: String, array: NumPyArray)], name: String
    ) throws(DataError) -> [UInt8] {
        try ZipArchive.encode(
            arrays.map { ($0.name + ending, $0.array.encoded()) }, name: name)
    }
}
