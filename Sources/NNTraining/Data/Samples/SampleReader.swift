import NNFiles

/// Samples of one file, read in portions.
protocol SampleReader {
    /// The shape of one sample.
    var sampleShape: [Int] { get }

    /// Returns the features of the next samples, at most so many of them, and of none at the end.
    mutating func next(_ limit: Int) throws(DataError) -> [Float]
}

/// Samples in the rows of a table of text, taken as they are, with or without a line of column names.
struct CSVSamples: SampleReader {
    let sampleShape: [Int]
    private var csv: CSV
    private let roles: [CSV.Role]
    private let missing: MissingValues

    init(_ stream: ByteStream, missing: MissingValues = .refuse) throws(DataError) {
        csv = CSV(stream)
        self.missing = missing
        // No more than that is waited for: samples may come one by one.
        guard try csv.begin(lookingAt: 2) else { throw .noSamples(stream.name) }
        roles = TableColumns.featureRoles(of: csv)
        sampleShape = [roles.count { $0 == .number }]
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        try csv.readRows(
            limit, roles: roles, missing: missing, number: { value, _ in features.append(value) })
        return features
    }
}
