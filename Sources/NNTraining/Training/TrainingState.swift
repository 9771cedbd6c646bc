import NNFiles
import NNGraph

/// What persists between the steps of a training, on the device and beside it.
package final class TrainingState {
    let graphs: TrainingGraphs
    package let backend: any Backend
    /// The number of steps taken.
    var step = 0
    /// All parameters in one vector.
    package let parameters: any TensorBuffer
    /// The optimizer's states, by the names of their leaves, in the optimizer's order.
    package let optimizerStates: [(name: String, buffer: any TensorBuffer)]
    private let metrics: any TensorBuffer

    /// The vectors that a step reads and replaces, by the names of their leaves.
    var persistent: [(name: String, buffer: any TensorBuffer)] {
        [(TrainingGraphs.Name.parameters, parameters)] + optimizerStates
    }

    /// The largest finite number of the backend's precision.
    var largestNumber: Double {
        backend.isDoublePrecision
            ? .greatestFiniteMagnitude : Double(Float.greatestFiniteMagnitude)
    }

    init(_ graphs: TrainingGraphs, on backend: any Backend) throws {
        self.graphs = graphs
        self.backend = backend
        let vector = TensorType([graphs.layout.count])
        parameters = try backend.makeBuffer(vector)
        optimizerStates = try graphs.optimizer.stateNames.map {
            (TrainingGraphs.Name.state($0), try backend.makeBuffer(vector))
        }
        metrics = try backend.makeBuffer(TensorType([2]))
        try backend.write(graphs.layout.initialValues(seed: graphs.seed), to: parameters)
    }

    /// Compiles one of the graphs around what persists and the given buffers.
    package func compile(
        _ graph: Graph, _ others: [String: any TensorBuffer] = [:]
    ) throws -> any Executable {
        var buffers = others
        buffers[TrainingGraphs.Name.parameters] = parameters
        buffers[TrainingGraphs.Name.metrics] = metrics
        for (name, buffer) in optimizerStates { buffers[name] = buffer }
        let leaves = Set(graph.leaves.map(\.name))
        return try backend.compile(graph, binding: buffers.filter { leaves.contains($0.key) })
    }

    /// The contents of a buffer in the precision of the backend.
    func tensor(named name: String, of buffer: any TensorBuffer) throws -> Safetensors.Tensor {
        let shape = buffer.type.shape.dimensions
        return backend.isDoublePrecision
            ? try Safetensors.Tensor(name: name, shape: shape, doubles: backend.read(buffer))
            : try Safetensors.Tensor(name: name, shape: shape, floats: backend.readFloats(buffer))
    }

    /// Replaces the contents of a buffer by those of a tensor.
    func write(_ tensor: Safetensors.Tensor, to buffer: any TensorBuffer) throws {
        if backend.isDoublePrecision {
            try backend.write(tensor.doubles(), to: buffer)
        } else {
            try backend.write(tensor.floats(), to: buffer)
        }
    }

    /// Sets the sums on the device to zero, without waiting.
    func resetMetrics() throws {
        try backend.write([0, 0] as [Double], to: metrics)
    }

    /// Sets the sums on the device to those of samples that nobody has read.
    func resumeMetrics(_ sums: MetricSums) throws {
        try backend.write([sums.loss, sums.correct], to: metrics)
    }

    /// Waits for the sums over the last `count` samples and leaves them as they are.
    func readMetrics(count: Int) throws -> MetricSums {
        let sums = try backend.read(metrics)
        return MetricSums(loss: sums[0], correct: sums[1], count: count)
    }

    /// Waits for the sums over the last `count` samples and sets them to zero.
    ///
    /// Reading them often also keeps single precision from losing count.
    func takeMetrics(count: Int) throws -> MetricSums {
        let sums = try readMetrics(count: count)
        try resetMetrics()
        return sums
    }
}

/// A data set in the device's memory.
struct ResidentData {
    let name: String
    let count: Int
    /// The features of all samples, [count, …].
    let features: any TensorBuffer
    /// The targets of all samples in a row.
    let targets: any TensorBuffer
    /// The same on the host.
    let targetsOnHost: Targets

    init(_ dataset: Dataset, for state: TrainingState) throws {
        let (graphs, backend) = (state.graphs, state.backend)
        name = dataset.name
        count = dataset.count
        targetsOnHost = try graphs.targets(of: dataset)
        features = try backend.makeBuffer(
            TensorType(
                Shape([count] + graphs.inputShape.dimensions), dataset.features.elementType))
        targets = try backend.makeBuffer(targetsOnHost.bufferType)
        try dataset.features.write(to: features, on: backend)
        try targetsOnHost.write(to: targets, on: backend)
    }
}
