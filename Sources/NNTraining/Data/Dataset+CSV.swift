import NNFiles

extension Dataset {
    /// Reads a CSV file, taken as it is: one sample a row, with or without a line of column names.
    ///
    /// The target is the column named `label`, in any case, else the last one.
    init(csv path: String) throws(DataError) {
        try self.init(csv: ByteStream(contentsOf: path, limit: InputFile.memoryLimit))
    }

    /// Reads the bytes of such a file.
    package init(csv stream: ByteStream) throws(DataError) {
        let path = stream.name
        var csv = CSV(stream)
        guard try csv.begin() else { throw .noSamples(path) }
        guard csv.columnCount > 1 else {
            throw .csv(file: path, line: 1, column: 1, .noFeatures)
        }
        let label =
            csv.header?.firstIndex { $0.lowercased() == "label" } ?? csv.columnCount - 1
        var (features, targets): ([Float], [Float]) = ([], [])
        try csv.readRows { value, column in
            if column == label { targets.append(value) } else { features.append(value) }
        }
        try self.init(
            name: path, features: features, sampleShape: [csv.columnCount - 1], targets: targets,
            targetWidth: 1)
    }
}
