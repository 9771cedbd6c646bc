import NNFiles

/// Samples of one file, read in portions.
protocol SampleReader {
    /// The shape of one sample.
    var sampleShape: [Int] { get }

    /// Returns the features of the next samples, at most so many of them, and of none at the end.
    mutating func next(_ limit: Int) throws(DataError) -> [Float]

    /// What people should know of how those that were read were taken, if anything.
    var remark: String? { get }
}

extension SampleReader {
    var remark: String? { nil }
}

/// Samples in the rows of a table of text, taken as they are, with or without a line of column names.
struct CSVSamples: SampleReader {
    let sampleShape: [Int]
    private var csv: CSV
    private let columns: TableColumns
    private let missing: MissingValues

    /// Reads the columns of those names in their order, where the table has names, else all as they stand.
    init(
        _ stream: ByteStream, columns known: [String]? = nil, missing: MissingValues = .refuse
    ) throws(DataError) {
        csv = CSV(stream)
        self.missing = missing
        // No more than that is waited for: samples may come one by one.
        guard try csv.begin(lookingAt: 2) else { throw .noSamples(stream.name) }
        columns = try TableColumns(featuresOf: csv, known, file: stream.name)
        sampleShape = [columns.features.count]
    }

    var remark: String? { columns.remarks.first }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        let order = columns.order
        try csv.readRows(limit, roles: columns.roles, missing: missing) { row in
            features.append(contentsOf: row.numbers, order)
        }
        return features
    }
}
