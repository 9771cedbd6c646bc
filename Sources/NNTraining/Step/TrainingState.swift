import NNFiles
import NNGraph
import NNModel

/// What persists between the steps of a training, on the device and beside it.
package final class TrainingState {
    let graphs: TrainingGraphs
    package let backend: any Backend
    /// The number of steps taken.
    var step = 0
    /// The parameters.
    let store: ParameterStore
    /// The optimizer's states, by the names of their leaves, in the optimizer's order.
    package let optimizerStates: [(name: String, buffer: any TensorBuffer)]
    private let metrics: any TensorBuffer

    /// The vectors that a step reads and replaces, by the names of their leaves.
    var persistent: [(name: String, buffer: any TensorBuffer)] {
        store.vectors + optimizerStates
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
        store = try ParameterStore(graphs.layout, seed: graphs.seed, on: backend)
        optimizerStates = try graphs.optimizer.stateNames.map {
            (TrainingGraphs.Name.state($0), try backend.makeBuffer(vector))
        }
        metrics = try backend.makeBuffer(TensorType([graphs.sums.count]))
    }

    /// All trained parameters in one vector.
    package var parameters: any TensorBuffer { store.trained }

    /// Compiles one of the graphs around what persists and the given buffers, of which the graph need not have all.
    package func compile(
        _ graph: Graph, _ others: [String: any TensorBuffer] = [:]
    ) throws -> any Executable {
        var buffers = others
        buffers[TrainingGraphs.Name.metrics] = metrics
        for (name, buffer) in optimizerStates { buffers[name] = buffer }
        return try store.compile(graph, buffers)
    }

    // MARK: - Reading and writing

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

    // MARK: - What is reported

    /// The most samples whose sums single precision counts exactly.
    var countableSamples: Int { (1 << 24) / graphs.sums.elementsOfSample }

    /// Sets the sums on the device to zero, without waiting.
    func resetMetrics() throws {
        try resumeMetrics(MetricSums())
    }

    /// Sets the sums on the device to those of samples that nobody has read.
    func resumeMetrics(_ sums: MetricSums) throws {
        let zeros = [Double](repeating: 0, count: graphs.sums.count)
        try backend.write(sums.values.isEmpty ? zeros : sums.values, to: metrics)
    }

    /// Waits for the sums over the last `count` samples and leaves them as they are.
    func readMetrics(count: Int) throws -> MetricSums {
        MetricSums(values: try backend.read(metrics), count: count)
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
