import NNGraph

/// A graph with values for its leaves, made from a seed.
struct RandomGraph {
    let seed: UInt64
    /// The computation, with outputs and updates.
    let graph: Graph
    /// The elements of every leaf.
    let values: [String: Values]
    /// Σ of a computed tensor, to differentiate; the leaves are parameters.
    let scalar: Tensor
    let parameters: [Tensor]

    /// Makes a graph; without kinks, numerical differentiation works everywhere.
    init(seed: UInt64, isSmooth: Bool = false) throws {
        var builder = try RandomGraphBuilder(seed, isSmooth: isSmooth)
        try builder.grow()
        self.seed = seed
        (scalar, parameters) = (try builder.scalar(), builder.parameters)
        graph = try builder.finish()
        values = builder.values
    }

    /// The graph as text, one node a line.
    var listing: String {
        var numbers: [Tensor: Int] = [:]
        func name(_ tensor: Tensor) -> String { "%\(numbers[tensor] ?? -1)" }
        var lines = ["seed \(seed)"]
        for (number, node) in graph.nodes.enumerated() {
            numbers[node] = number
            let operation = "\(node.operation)".prefix(120)
            let operands = node.operands.map(name).joined(separator: ", ")
            lines.append("%\(number): \(node.type) = \(operation) (\(operands))")
        }
        lines += graph.outputs.map { "output \($0.name) = \(name($0.value))" }
        lines += graph.updates.map { "\(name($0.parameter)) becomes \(name($0.value))" }
        return lines.joined(separator: "\n")
    }
}
