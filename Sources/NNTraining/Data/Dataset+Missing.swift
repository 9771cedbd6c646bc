import NNFiles
import NNModel

extension Dataset {
    /// The mean of each column of the first input, of the numbers that are not missing (NaN).
    ///
    /// - Throws: ``DataError/noValues(dataset:column:)`` for a column of which all are.
    public func columnMeans() throws(DataError) -> [Float] {
        let width = inputs[0].width
        var (sums, counts) = (
            [Double](repeating: 0, count: width), [Int](repeating: 0, count: width)
        )
        try inputs[0].forEachNumber { column, value in
            guard !value.isNaN else { return }
            sums[column] += Double(value)
            counts[column] += 1
        }
        if let column = counts.firstIndex(of: 0) {
            throw .noValues(dataset: name, column: column + 1)
        }
        return zip(sums, counts).map { Float($0 / Double($1)) }
    }
}

extension Dataset.Input {
    /// The same with numbers in the place of those that are missing (NaN), one for each column.
    ///
    /// As scikit-learn's imputers do it, what is filled in counts when the numbers are scaled after it.
    public func filling(_ fill: [Float]) -> Dataset.Input {
        guard case .floats(let numbers) = values, fill.count == width else { return self }
        let whole = numbers.enumerated().map { $1.isNaN ? fill[$0 % width] : $1 }
        return Dataset.Input(name, .floats(whole), sampleShape: sampleShape, columns: columns)
    }
}
