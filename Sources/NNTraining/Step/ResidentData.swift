import NNGraph

/// A data set in the device's memory.
struct ResidentData {
    /// Something that is brought into an order.
    struct Ordered {
        let name: String
        /// How many numbers belong to one sample.
        let width: Int
        /// The numbers of all samples in a row.
        let buffer: any TensorBuffer
        /// The same on the host, in the order of the data set; nil for what every epoch draws anew.
        let column: Column?
    }

    let name: String
    let count: Int
    /// The inputs that are gathered by index, [count, …], by name.
    let gathered: [String: any TensorBuffer]
    /// Targets, inputs that are looked up, and in training what chance decides about pictures.
    let ordered: [Ordered]

    init(_ dataset: Dataset, for state: TrainingState, isTraining: Bool) throws {
        let (graphs, backend) = (state.graphs, state.backend)
        name = dataset.name
        count = dataset.count
        let columns = try graphs.columns(of: dataset)
        var ordered = try columns.sorted { $0.key < $1.key }.map { name, column in
            let buffer = try backend.makeBuffer(column.bufferType)
            try column.values.write(to: buffer, on: backend)
            return Ordered(name: name, width: column.width, buffer: buffer, column: column)
        }
        if isTraining, let width = graphs.augmentationDraws?.draws.count {
            ordered.append(
                Ordered(
                    name: TrainingGraphs.Name.augmentation, width: width,
                    buffer: try backend.makeBuffer(TensorType([dataset.count * width])),
                    column: nil))
        }
        self.ordered = ordered
        gathered = try Dictionary(
            uniqueKeysWithValues: graphs.network.inputs.filter { columns[$0.name] == nil }.map {
                input in
                let values = try dataset.input(input.name).values
                let type = TensorType(
                    input.type(batchSize: dataset.count).shape, values.elementType)
                let buffer = try backend.makeBuffer(type)
                try values.write(to: buffer, on: backend)
                return (input.name, buffer)
            })
    }

    /// So many samples of it, as a graph picks them.
    func picking(_ batchSize: Int, for graphs: TrainingGraphs) throws -> TrainingGraphs.Picking {
        try TrainingGraphs.Picking(graphs, batchSize: batchSize, of: count) {
            gathered[$0]?.type.elementType ?? .float
        }
    }

    /// Copies what is ordered, from a sample on, to where an executable reads it.
    func copyOrdered(
        from start: Int, to executable: any Executable, on backend: any Backend
    ) throws {
        for ordered in ordered {
            try backend.copy(
                ordered.buffer, from: start * ordered.width,
                to: executable.buffer(named: ordered.name))
        }
    }
}

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
            try repeated.values.unpacked.write(
                to: executable.buffer(named: name), on: backend)
        }
    }
}
