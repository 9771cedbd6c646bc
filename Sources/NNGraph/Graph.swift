/// A whole computation: what it reads, what it computes, and which state it replaces.
public struct Graph: Sendable {
    /// A value that the caller can read after a run.
    public struct Output: Sendable {
        /// What the caller asks for.
        public let name: String
        /// What it is.
        public let value: Tensor
    }

    /// A parameter and the value it takes at the end of a run.
    public struct Update: Sendable {
        /// The leaf that is replaced.
        public let parameter: Tensor
        /// What replaces it, computed from the values before the run.
        public let value: Tensor
    }

    /// The values that the caller can read after a run, in the order given.
    public let outputs: [Output]
    /// The parameters that a run replaces, in the order given.
    public let updates: [Update]
    /// Every tensor of the graph, operands before results.
    public let nodes: [Tensor]

    /// Creates a graph from what it computes, with outputs in the order in which they are written.
    ///
    /// - Throws: ``GraphError`` if two leaves or outputs share a name, or an update does not fit.
    public init(
        outputs: KeyValuePairs<String, Tensor> = [:],
        updates: [(parameter: Tensor, value: Tensor)] = []
    ) throws {
        try self.init(outputs: outputs.map { ($0.key, $0.value) }, updates: updates)
    }

    /// Creates a graph whose outputs get their names at run time; they are in the order of the names.
    ///
    /// - Throws: ``GraphError`` if two leaves or outputs share a name, or an update does not fit.
    @_disfavoredOverload  // A literal keeps the order in which it is written.
    public init(
        outputs: [String: Tensor], updates: [(parameter: Tensor, value: Tensor)] = []
    ) throws {
        try self.init(
            outputs: outputs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
            updates: updates)
    }

    /// Creates a graph whose outputs get their names at run time, in the order given.
    ///
    /// - Throws: ``GraphError`` if two leaves or outputs share a name, or an update does not fit.
    public init(
        outputs: some Sequence<(String, Tensor)>,
        updates: [(parameter: Tensor, value: Tensor)] = []
    ) throws {
        try self.init(
            outputs: outputs.map { Output(name: $0.0, value: $0.1) },
            updates: updates.map { Update(parameter: $0.parameter, value: $0.value) })
    }

    private init(outputs: [Output], updates: [Update]) throws {
        self.outputs = outputs
        self.updates = updates
        self.nodes = topologicalOrder(
            outputs.map(\.value) + updates.map(\.value) + updates.map(\.parameter))
        var names = Set<String>()
        for name in outputs.map(\.name) + leaves.map(\.name)
        where !names.insert(name).inserted { throw GraphError.duplicateName(name) }
        var updated = Set<Tensor>()
        for update in updates {
            guard case .parameter(let name, let type) = update.parameter.operation else {
                throw GraphError.shape(
                    operation: "update", operands: [update.parameter.type],
                    problem: "only a parameter can be updated, not \(update.parameter)")
            }
            guard update.value.type == type else {
                throw GraphError.mismatch(
                    name: name, expected: type, found: update.value.type.description)
            }
            guard updated.insert(update.parameter).inserted else {
                throw GraphError.duplicateName(name)
            }
        }
    }

    /// The inputs and parameters that the graph reads, each with its name.
    public var leaves: [(name: String, tensor: Tensor)] {
        nodes.compactMap { node in node.operation.leafName.map { ($0, node) } }
    }

    /// The graph with some tensors replaced by others of the same type.
    ///
    /// Whatever is computed from a replaced tensor is computed from its replacement; a replacement
    /// itself is taken as it is. This is how many parameters become views of one flat arena.
    public func replacing(_ replacements: [Tensor: Tensor]) throws -> Graph {
        var rebuilt = replacements
        for node in nodes where rebuilt[node] == nil {
            let operands = node.operands.map { rebuilt[$0] ?? $0 }
            rebuilt[node] =
                operands == node.operands
                ? node
                : try Origin.within(node.origin) { try Tensor(node.operation, operands) }
        }
        return try Graph(
            outputs: outputs.map { Output(name: $0.name, value: rebuilt[$0.value] ?? $0.value) },
            updates: updates.map {
                Update(parameter: $0.parameter, value: rebuilt[$0.value] ?? $0.value)
            })
    }
}

extension Operation {
    /// The name of an input or parameter; nil for everything else.
    public var leafName: String? {
        switch self {
        case .input(let name, _), .parameter(let name, _): name
        default: nil
        }
    }
}
