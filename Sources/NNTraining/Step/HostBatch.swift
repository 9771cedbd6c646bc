import NNGraph
import NNModel

/// Some samples on the host, and in which step they are.
struct HostBatch {
    let step: Int
    let count: Int
    /// Inputs and targets by name.
    let columns: [String: Column]

    /// Takes samples out of a data set, of which `ordered` has what steps bring into an order.
    ///
    /// What was drawn for them alone is taken as it is.
    init(
        _ dataset: Dataset, _ positions: [Int32], step: Int = 1, for graphs: TrainingGraphs,
        ordered: [String: Column], drawn: [String: Column] = [:]
    ) throws {
        self.step = step
        count = positions.count
        var columns = ordered
        for input in graphs.network.inputs where ordered[input.name] == nil {
            let found = try dataset.input(input.name)
            columns[input.name] = Column(width: found.width, values: found.values)
        }
        self.columns = columns.mapValues { $0.reordered(positions) }.merging(drawn) { $1 }
    }

    /// Writes what an executable reads of them, each `copies` times in a row if it is one sample.
    func write(to executable: any Executable, on backend: any Backend, copies: Int = 1) throws {
        for (name, column) in columns {
            let repeated =
                copies == 1
                ? column : column.reordered([Int32](repeating: 0, count: copies))
            try repeated.values.unpacked().write(
                to: executable.buffer(named: name), on: backend)
        }
    }
}
