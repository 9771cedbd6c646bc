import Foundation
import NNFiles
import NNGraph
import NNModel

/// The parameters of a model on a device, which training, evaluation and serving share.
public final class ParameterStore {
    /// Where each parameter lies.
    public let layout: ParameterLayout
    /// What holds them.
    public let backend: any Backend
    /// Those that are trained, in one vector.
    package let trained: any TensorBuffer
    /// Those that are frozen or running, in one vector, if there are any.
    package let fixed: (any TensorBuffer)?

    /// Makes room for the parameters of a layout and gives them their first values.
    init(_ layout: ParameterLayout, seed: UInt64, on backend: any Backend) throws {
        self.layout = layout
        self.backend = backend
        trained = try backend.makeBuffer(TensorType([layout.count]))
        fixed =
            layout.fixedCount == 0
            ? nil : try backend.makeBuffer(TensorType([layout.fixedCount]))
        try write(layout.initialValues(seed: seed))
    }

    /// The parameters of a model with their first values.
    ///
    /// - Throws: ``ModelError``, or what the backend throws.
    public convenience init(
        of network: Network, frozen: [String] = [], seed: UInt64 = 0, on backend: any Backend
    ) throws {
        try self.init(
            ParameterLayout(of: network, frozen: frozen), seed: seed, on: backend)
    }

    /// The vectors by the names of their leaves.
    var vectors: [(name: String, buffer: any TensorBuffer)] {
        [(TrainingGraphs.Name.parameters, trained)]
            + (fixed.map { [(TrainingGraphs.Name.fixed, $0)] } ?? [])
    }

    /// Compiles a graph around the vectors and the given buffers, of which it need not have all.
    func compile(
        _ graph: Graph, _ others: [String: any TensorBuffer] = [:]
    ) throws -> any Executable {
        let leaves = Set(graph.leaves.map(\.name))
        let all = others.merging(vectors.map { ($0.name, $0.buffer) }) { $1 }
        return try backend.compile(graph, binding: all.filter { leaves.contains($0.key) })
    }

    /// The numbers in single precision.
    public func values() throws -> ParameterValues {
        ParameterValues(
            trained: try backend.readFloats(trained),
            fixed: try fixed.map { try backend.readFloats($0) } ?? [])
    }

    /// Replaces the numbers.
    public func write(_ values: ParameterValues) throws {
        try backend.write(values.trained, to: trained)
        if let fixed { try backend.write(values.fixed, to: fixed) }
    }

    /// Replaces the numbers by those of a file, which must have the model's names and shapes.
    ///
    /// - Throws: ``ModelError``; then the parameters are what they were.
    public func load(_ file: Safetensors) throws {
        try write(layout.values(from: file))
    }

    /// Replaces those parameters that a file of other weights has in the right shape; the others keep their values.
    ///
    /// - Returns: What was loaded, and what was not and why.
    /// - Throws: ``ModelError`` if nothing fits or numbers are not finite; then the parameters are what they were.
    @discardableResult
    public func loadPartially(_ file: Safetensors) throws -> PartialFit {
        let fit = try layout.fit(of: file)
        try write(layout.values(from: file, where: fit, others: values()))
        return fit
    }

    /// The parameters by their names, as PyTorch's `state_dict` has them.
    ///
    /// - Throws: ``ModelError/parameterNotFinite(name:)`` for numbers that could not be loaded again.
    public func tensors() throws -> [Safetensors.Tensor] {
        let values = try values()
        for (entries, numbers) in [
            (layout.entries, values.trained), (layout.fixedEntries, values.fixed),
        ] {
            if let bad = entries.first(where: { !numbers[$0.range].allSatisfy(\.isFinite) }) {
                throw ModelError.parameterNotFinite(name: bad.name)
            }
        }
        return try layout.tensors(from: values)
    }
}
