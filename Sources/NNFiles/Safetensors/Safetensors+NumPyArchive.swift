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
