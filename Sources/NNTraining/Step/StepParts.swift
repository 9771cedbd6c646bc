import NNGraph

/// A step whose gradient is added up over parts of its batch before the optimizer takes it: a batch that is larger
/// than what the device has memory for.
///
/// Every loss is divided by what the whole batch counts, so the gradient is that of the batch, however it is
/// divided; only the order of its additions differs.
final class StepParts {
    /// What all steps share.
    struct Leaves {
        let scalars: any TensorBuffer
        let stepNumber: any TensorBuffer
    }

    private let partSize: Int
    private let batchSize: Int
    private let data: SampleSource
    private let state: TrainingState
    private let leaves: Leaves
    private let gradient: any TensorBuffer
    private let shares: any TensorBuffer
    private let allPlaces: any TensorBuffer
    private let update: any Executable
    private var parts: [Int: Part] = [:]

    /// The graphs of a part of one size.
    private struct Part {
        let gradient: Compiled
        /// What the losses count; nil where that is their number.
        let weights: Compiled?
    }

    private struct Compiled {
        let executable: any Executable
        let leaves: Set<String>
    }

    init(
        _ count: Int, batchSize: Int, data: SampleSource, state: TrainingState, leaves: Leaves
    ) throws {
        typealias Name = TrainingGraphs.Name
        partSize = (batchSize - 1) / count + 1
        self.batchSize = batchSize
        self.data = data
        self.state = state
        self.leaves = leaves
        let backend = state.backend
        gradient = try backend.makeBuffer(TensorType([state.graphs.layout.count]))
        shares = try backend.makeBuffer(TensorType([state.graphs.task.objectives.count]))
        allPlaces = try backend.makeBuffer(TensorType([batchSize], .int32))
        try backend.write(Array(0..<Int32(batchSize)), to: allPlaces)
        update = try state.compile(
            state.graphs.updateStep(),
            [Name.gradient: gradient, Name.scalars: leaves.scalars])
    }

    /// Takes a step with the samples from a place in the epoch's order on.
    func takeStep(from start: Int, count: Int) throws {
        let pieces = stride(from: 0, to: count, by: partSize).map {
            (place: $0, size: min(partSize, count - $0))
        }
        let sums = try lossWeights(of: pieces, from: start, count: count)
        try state.backend.write(sums.map { 1 / $0 }, to: shares)
        for piece in pieces {
            let part = try part(of: piece.size)
            try bring(piece.place, of: start, to: part.gradient)
            try part.gradient.executable.run()
        }
        try update.run()
    }

    /// What the losses of the whole step count.
    private func lossWeights(
        of pieces: [(place: Int, size: Int)], from start: Int, count: Int
    ) throws -> [Double] {
        let layout = state.graphs.sums
        guard layout.parts.contains(where: { $0.weights != nil }) else {
            return layout.parts.map { Double($0.elements * count) }
        }
        var sums = layout.parts.map { _ in 0.0 }
        for piece in pieces {
            guard let weights = try part(of: piece.size).weights else { continue }
            try bring(piece.place, of: start, to: weights)
            try weights.executable.run()
            let own = try state.backend.read(
                weights.executable.buffer(named: TrainingGraphs.Name.result))
            sums = zip(sums, own).map { $0 + $1 }
        }
        return sums
    }

    /// Brings the samples of a part in place.
    private func bring(_ place: Int, of start: Int, to part: Compiled) throws {
        typealias Name = TrainingGraphs.Name
        let sources =
            [
                (Name.indices, data.order, data.place(of: start) + place),
                (Name.places, allPlaces, place),
            ]
            + data.ordered.map {
                ($0.name, $0.buffer, (data.place(of: start, in: $0) + place) * $0.width)
            }
        for (name, source, first) in sources where part.leaves.contains(name) {
            try state.backend.copy(
                source, from: first, to: part.executable.buffer(named: name))
        }
    }

    private func part(of size: Int) throws -> Part {
        if let known = parts[size] { return known }
        typealias Name = TrainingGraphs.Name
        let graphs = state.graphs
        let samples = try data.picking(size, for: graphs)
        let buffers = data.gathered.merging([
            Name.gradient: gradient, Name.shares: shares, Name.step: leaves.stepNumber,
        ]) { $1 }
        func compiled(_ graph: Graph) throws -> Compiled {
            Compiled(
                executable: try state.compile(graph, buffers),
                leaves: Set(graph.leaves.map(\.name)))
        }
        let isWeighted = graphs.sums.parts.contains { $0.weights != nil }
        let part = Part(
            gradient: try compiled(graphs.part(samples, ofBatch: batchSize)),
            weights: try isWeighted ? compiled(graphs.lossWeights(samples)) : nil)
        parts[size] = part
        return part
    }
}
