import NNFiles

/// Samples of one file, read in portions.
protocol SampleReader {
    /// The number of features of one sample.
    var featureCount: Int { get }

    /// Returns the features of the next samples, at most so many of them, and of none at the end.
    mutating func next(_ limit: Int) throws(DataError) -> [Float]
}

/// Samples in the rows of a CSV file, taken as they are, with or without a line of column names.
struct CSVSamples: SampleReader {
    let featureCount: Int
    private var csv: CSV

    init(_ stream: ByteStream) throws(DataError) {
        csv = CSV(stream)
        guard try csv.begin() else { throw .noSamples(stream.name) }
        featureCount = csv.columnCount
    }

    mutating func next(_ limit: Int) throws(DataError) -> [Float] {
        var features: [Float] = []
        try csv.readRows(limit) { value, _ in features.append(value) }
        return features
    }
}
