import Foundation

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

extension Safetensors {
    /// The weights in a `.npz` file, as `numpy.savez(file, **weights)` writes them; it does not say
    /// what model they belong to.
    public init(_ archive: NumPyArchive) throws {
        try self.init(
            archive.names.compactMap { name in
                try archive.array(named: name).map {
                    try Tensor(name: name, shape: $0.shape, floats: $0.values)
                }
            })
    }

    /// The weights, without what else the file says, as the bytes of a `.npz` file.
    public func encodedAsNumPyArchive(name: String) throws(DataError) -> [UInt8] {
        try NumPyArchive.encode(
            tensors.map { ($0.name, NumPyArray(shape: $0.shape, values: $0.floats())) }, name: name)
    }
}

extension DatasetSplit {
    /// Reads the arrays `x` and `y`, or `x_train` and `y_train` with `x_test` and `y_test`, from a NumPy
    /// archive; they are taken as they are.
    init(_ archive: NumPyArchive, file: String) throws(DataError) {
        // In any case, as features are often called X; `numpy.savez` without names gives arr_0, arr_1.
        let names = Dictionary(archive.names.map { ($0.lowercased(), $0) }) { first, _ in first }
        func dataset(_ features: String, _ targets: String) throws(DataError) -> Dataset? {
            guard let x = names[features], let y = names[targets],
                let features = try archive.array(named: x),
                let targets = try archive.array(named: y)
            else { return nil }
            return try Dataset(
                features: features, named: "\(file), array \(x)", targets: targets,
                named: "\(file), array \(y)")
        }
        var train: Dataset?
        for (x, y) in [("x_train", "y_train"), ("x", "y"), ("arr_0", "arr_1")] where train == nil {
            train = try dataset(x, y)
        }
        guard let train else { throw .arrayNames(file: file, found: archive.names) }
        try self.init(train: train, test: dataset("x_test", "y_test"))
    }
}
