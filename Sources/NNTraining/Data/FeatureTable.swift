/// Samples without targets, to apply a model to.
public struct FeatureTable: Sendable {
    /// The features, row-major, [count, featureCount].
    public let features: [Float]
    /// The number of features of one sample.
    public let featureCount: Int

    /// Reads `.npy` of shape [count, …], or CSV of one sample a row.
    ///
    /// - Throws: ``DataError`` for a file that is missing or malformed.
    public init(contentsOf path: String) throws(DataError) {
        try self.init(File.read(path), name: path)
    }

    /// Reads the contents of such a file; `name` stands for it in messages.
    ///
    /// - Throws: ``DataError`` for contents that are malformed.
    public init(_ bytes: [UInt8], name: String) throws(DataError) {
        if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) {
            let array = try NumPyArray(bytes, name: name)
            guard let count = array.shape.first, count > 0, !array.values.isEmpty else {
                throw .noSamples(name)
            }
            (features, featureCount) = (array.values, array.values.count / count)
            return
        }
        var csv = CSV(bytes, file: name)
        var features: [Float] = []
        var columnCount = 0
        let hasRows = try csv.readRows { (_, columns) throws(DataError) in
            columnCount = columns
        } take: { value, _ in
            features.append(value)
        }
        guard hasRows, !features.isEmpty else { throw .noSamples(name) }
        (self.features, featureCount) = (features, columnCount)
    }
}
