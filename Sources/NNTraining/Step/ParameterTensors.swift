import NNGraph
import NNModel

/// The vectors of parameters in a graph, and what is made of them.
struct ParameterTensors {
    /// All trained parameters.
    let trained: Tensor
    /// All frozen and running parameters, if there are any.
    let fixed: Tensor?
    /// Each parameter as a part of its vector, by name.
    let views: [String: Tensor]
    private let layout: ParameterLayout

    init(_ layout: ParameterLayout) throws {
        self.layout = layout
        trained = try .parameter(TrainingGraphs.Name.parameters, [layout.count])
        fixed =
            layout.fixedCount == 0
            ? nil : try .parameter(TrainingGraphs.Name.fixed, [layout.fixedCount])
        views = try layout.views(of: trained, fixed: fixed)
    }

    /// The gradient of a loss [trained count].
    ///
    /// It is taken with respect to each parameter and then put together: with respect to the
    /// vector it would be a sum of as many padded vectors as there are parameters.
    func gradient(of loss: Tensor) throws -> Tensor {
        let parts = try gradients(
            of: loss, withRespectTo: layout.entries.compactMap { views[$0.name] })
        return try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
    }

    /// What running parameters become, if layers changed any.
    func runningUpdates(
        _ running: [String: Tensor]
    ) throws -> [(parameter: Tensor, value: Tensor)] {
        guard let fixed, !running.isEmpty else { return [] }
        let parts = try layout.fixedEntries.compactMap { entry in
            try (running[entry.name] ?? views[entry.name])?.reshape([entry.shape.count])
        }
        return [(fixed, try concatenate(parts))]
    }
}
