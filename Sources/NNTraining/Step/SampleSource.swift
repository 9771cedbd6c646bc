import NNGraph
import NNModel

/// A data set as a training or an evaluation takes it: in the device's memory, or streamed to it batch by batch.
final class SampleSource {
    /// Something that is brought into an order.
    struct Ordered {
        let name: String
        /// How many numbers belong to one sample.
        let width: Int
        /// The numbers of all samples in a row, or of those of a batch where threads bring them.
        let buffer: any TensorBuffer
        /// The same on the host, in the order of the data set; nil for what every epoch draws anew.
        let column: Column?

        /// Whether threads bring the samples of each batch.
        var isBrought: Bool { column?.values.areMadeByBatch ?? false }
    }

    let name: String
    let count: Int
    /// The inputs that are gathered by index, by name: [count, …], or [batch, …] where they are streamed.
    let gathered: [String: any TensorBuffer]
    /// Targets, inputs that are looked up, and in training what chance decides about pictures.
    let ordered: [Ordered]
    /// What brings inputs that are not all on the device, and sequences of tokens.
    let stream: BatchStream?
    /// The indices of the samples in the order in which they are taken; of a stream, in its batch.
    let order: any TensorBuffer
    private let rowCount: Int
    /// Whether the inputs that are gathered are brought batch by batch.
    private let isStreamed: Bool
    private let backend: any Backend

    init(
        _ dataset: Dataset, batchSize: Int, limit: Int?, for state: TrainingState, isTraining: Bool
    ) throws {
        let (graphs, backend) = (state.graphs, state.backend)
        self.backend = backend
        name = dataset.name
        count = dataset.count
        let columns = try graphs.columns(of: dataset)
        var brought: [BatchStream.Part] = []
        var ordered = try columns.sorted { $0.key < $1.key }.map { name, column in
            guard !column.values.areMadeByBatch else {
                brought.append(
                    BatchStream.Part(name: name, values: column.values, width: column.width))
                let type = TensorType([batchSize * column.width], column.values.elementType)
                return Ordered(
                    name: name, width: column.width, buffer: try backend.makeBuffer(type),
                    column: column)
            }
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
        let inputs = graphs.network.inputs.filter { columns[$0.name] == nil }
        let parts = try inputs.map { input in
            let found = try dataset.input(input.name)
            return BatchStream.Part(
                name: input.name, values: found.values, width: found.width)
        }
        let isStreamed =
            SampleResidence(of: parts.map(\.values), on: backend, limit: limit) == .streamed
        self.isStreamed = isStreamed
        let rowCount = isStreamed ? batchSize : dataset.count
        self.rowCount = rowCount
        gathered = try Dictionary(
            uniqueKeysWithValues: zip(inputs, parts).map { input, part in
                let type = TensorType(
                    input.type(batchSize: rowCount).shape, part.values.elementType)
                let buffer = try backend.makeBuffer(type)
                if !isStreamed { try part.values.write(to: buffer, on: backend) }
                return (input.name, buffer)
            })
        let streamed = (isStreamed ? parts : []) + brought
        stream = streamed.isEmpty ? nil : BatchStream(streamed, batchSize: batchSize)
        order = try backend.makeBuffer(TensorType([rowCount], .int32))
        try backend.write(Array(0..<Int32(rowCount)), to: order)
    }

    /// So many samples of it, as a graph picks them.
    func picking(_ batchSize: Int, for graphs: TrainingGraphs) throws -> TrainingGraphs.Picking {
        try TrainingGraphs.Picking(graphs, batchSize: batchSize, of: rowCount) {
            gathered[$0]?.type.elementType ?? .float
        }
    }

    /// Takes the samples in another order from now on.
    func arrange(_ permutation: [Int32]) throws {
        // A stream brings them in that order.
        if !isStreamed { try backend.write(permutation, to: order) }
    }

    /// The place in ``order`` of the sample that is taken as number `start`, where a batch begins with it.
    func place(of start: Int) -> Int { isStreamed ? 0 : start }

    /// The place in an ordered one's buffer of the sample that is taken as number `start`, where a batch begins with it.
    func place(of start: Int, in ordered: Ordered) -> Int { ordered.isBrought ? 0 : start }

    /// Brings the samples of a batch in place, if they are not there.
    ///
    /// - Parameters:
    ///   - number: The batch.
    ///   - positions: The samples of a batch by its number; nil behind the last one.
    /// - Throws: ``DataError``, or what the backend throws.
    func bring(_ number: Int, positions: (Int) -> [Int32]?) throws {
        guard let stream else { return }
        for (name, memory) in try stream.batch(number, positions: positions) {
            let own = ordered.first { $0.name == name }?.buffer
            guard let buffer = own ?? gathered[name] else { continue }
            try backend.write(memory, to: buffer)
        }
    }

    /// Copies what is ordered, from a sample on, to where an executable reads it.
    func copyOrdered(from start: Int, to executable: any Executable) throws {
        for ordered in ordered {
            try backend.copy(
                ordered.buffer, from: place(of: start, in: ordered) * ordered.width,
                to: executable.buffer(named: ordered.name))
        }
    }
}
