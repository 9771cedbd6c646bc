import NNGraph
import NNModel
import NNReference
import NNTraining

/// Random samples, and a training's state in the midst of it, for a probe.
struct ProbeValues {
    /// What the vectors of parameters and of the optimizer's states hold before the step, by the names of
    /// their leaves.
    private(set) var vectors: [String: [Float]] = [:]

    private let graphs: TrainingGraphs
    private let philox: Philox
    private let samples: Int
    private let features: ElementType

    private enum Stream {
        static let features: UInt32 = 1
        static let targets: UInt32 = 2
        static let states: UInt32 = 3
    }

    init(
        _ graphs: TrainingGraphs, features: ElementType, samples: Int, seed: UInt64
    ) throws {
        self.graphs = graphs
        self.features = features
        self.samples = samples
        philox = Philox(seed: seed)
        let parameters = graphs.layout.initialValues(seed: seed)
        vectors[TrainingGraphs.Name.parameters] = parameters.trained
        vectors[TrainingGraphs.Name.fixed] = parameters.fixed
        guard !graphs.optimizer.stateNames.isEmpty else { return }
        // Where states are as large as gradients, a wrong one of either shows in what becomes of them,
        // and no optimizer divides by next to nothing.
        let scale = try gradientScales()
        for (index, name) in graphs.optimizer.stateNames.enumerated() {
            var state = [Float](repeating: 0, count: graphs.layout.count)
            for (entry, scale) in zip(graphs.layout.entries, scale) {
                for place in entry.range {
                    state[place] = scale * (0.5 + uniform(place, Stream.states + UInt32(index)))
                }
            }
            vectors[TrainingGraphs.Name.state(name)] = state
        }
    }

    /// The root mean square of each parameter's gradient.
    private func gradientScales() throws -> [Float] {
        let backend = ReferenceBackend<Double>()
        let graph = try graphs.gradient(batchSize: samples)
        let executable = try backend.compile(graph)
        try fill(graph, executable, on: backend, batchSize: samples)
        try executable.run()
        let gradient = try backend.read(executable.buffer(named: TrainingGraphs.Name.gradient))
        return graphs.layout.entries.map { entry in
            let squares = entry.range.reduce(0.0) { $0 + gradient[$1] * gradient[$1] }
            return max(1e-6, Float((squares / Double(max(1, entry.range.count))).squareRoot()))
        }
    }

    private func uniform(_ index: Int, _ stream: UInt32) -> Float {
        philox.uniform(index: UInt64(index), step: 0, stream: stream)
    }

    /// Gives every leaf of a graph of the training, or only those that it updates, their values, for a
    /// batch that repeats the samples.
    func fill(
        _ graph: Graph, _ executable: any Executable, on backend: any Backend, batchSize: Int,
        onlyUpdated: Bool = false
    ) throws {
        typealias Name = TrainingGraphs.Name
        let updated = Set(graph.updates.map(\.parameter))
        for (name, leaf) in graph.leaves where !onlyUpdated || updated.contains(leaf) {
            let buffer = try executable.buffer(named: name)
            let count = leaf.shape.count
            switch name {
            case Name.indices:
                try backend.write((0..<count).map { Int32($0 % samples) }, to: buffer)
            case Name.scalars:
                try backend.write(graphs.scalars(step: 3, learningRate: 1), to: buffer)
            case Name.step: try backend.write([3] as [Int32], to: buffer)
            case Name.augmentation:
                let draws = graphs.augmentationDraws(of: count, repeating: samples)
                try backend.write(draws, to: buffer)
            case Name.metrics:
                try backend.write([Double](repeating: 0, count: count), to: buffer)
            default:
                if let vector = vectors[name] {
                    try backend.write(vector, to: buffer)
                } else if let input = graphs.network.inputs.first(where: { $0.name == name }) {
                    try fill(buffer, with: input, on: backend)
                } else if let objective = graphs.task.objectives.first(where: {
                    $0.target == name
                }) {
                    try fillTargets(buffer, count, batchSize, objective, on: backend)
                }
            }
        }
    }

    private func fill(
        _ buffer: any TensorBuffer, with input: ModelInput, on backend: any Backend
    ) throws {
        // A batch that is not picked by index repeats the samples, too.
        let distinct = samples * input.shape.count
        let values = (0..<buffer.type.shape.count).map { uniform($0 % distinct, Stream.features) }
        switch buffer.type.elementType {
        case .unorm8: try backend.write(values.map { UInt8($0 * 255) }, to: buffer)
        // What is looked up has at least one row, and of a text as many as there are tokens.
        case .int32:
            let rows = Float(input.tokenizer?.count ?? 1)
            try backend.write(values.map { Int32($0 * rows) }, to: buffer)
        case .float: try backend.write(values, to: buffer)
        }
    }

    /// Classes, zeros and ones, or numbers, as the loss takes them.
    private func fillTargets(
        _ buffer: any TensorBuffer, _ count: Int, _ batchSize: Int, _ objective: Objective,
        on backend: any Backend
    ) throws {
        let width = count / batchSize
        let values = (0..<count).map {
            uniform($0 / width % samples * width + $0 % width, Stream.targets)
        }
        if buffer.type.elementType == .int32 {
            let outputs = graphs.layout.outputShapes[objective.output]
            let classes = Float(outputs?.dimensions.last ?? 1)
            try backend.write(values.map { Int32($0 * classes) }, to: buffer)
        } else {
            let isBinary = objective.loss.meaning == .decisions
            try backend.write(isBinary ? values.map { $0.rounded() } : values, to: buffer)
        }
    }
}
