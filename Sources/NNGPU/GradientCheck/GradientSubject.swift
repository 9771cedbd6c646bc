import NNGraph

/// A loss as a function of some leaves of its graph, with values for all of them.
struct GradientSubject {
    /// Which of the generator's streams serves what.
    enum Stream {
        static let data: UInt32 = 0x3000_0000
        static let samples: UInt32 = 0x3000_0010
    }

    /// What is computed, under names that are hardly those of leaves.
    enum Output {
        static let loss = "checked loss"
        static let gradient = "checked gradient"
    }

    /// What the loss is differentiated with respect to: a leaf, or a part of one.
    struct Variable {
        let name: String
        /// The leaf, or a view of the part.
        let tensor: Tensor
        /// The name of the leaf.
        let leaf: String
        /// The places of the elements in the leaf.
        let range: Range<Int>
    }

    let variables: [Variable]
    private let loss: Tensor
    /// By the name of a leaf; the loss may lack some.
    private let values: [String: [Double]]

    /// - Throws: ``GradientCheckError``, or `GraphError` for values that no leaf can have.
    init(of loss: Tensor, variables: [Variable], values: [String: [Double]]) throws {
        guard loss.shape.count == 1, loss.type.elementType == .float else {
            throw GradientCheckError.lossNotScalar(loss.type)
        }
        guard !variables.isEmpty else { throw GradientCheckError.nothingToDifferentiate }
        for (name, leaf) in try Graph(outputs: [Output.loss: loss]).leaves {
            guard let given = values[name] else {
                throw GradientCheckError.missingValues(name: name, leaf.type)
            }
            guard given.count == leaf.shape.count else {
                throw GraphError.mismatch(
                    name: name, expected: leaf.type, found: "\(given.count) numbers")
            }
        }
        self.loss = loss
        self.variables = variables
        self.values = values
    }

    /// A loss that is differentiated with respect to whole leaves.
    init(of loss: Tensor, withRespectTo leaves: [Tensor], values: [String: [Double]]) throws {
        let known = try Graph(outputs: [Output.loss: loss]).leaves
        let variables = try leaves.map { leaf in
            guard let name = leaf.operation.leafName else {
                throw GradientCheckError.notALeaf(leaf.description)
            }
            guard leaf.type.elementType == .float else {
                throw GradientCheckError.notDifferentiable(name: name, leaf.type)
            }
            guard known.contains(where: { $0.tensor == leaf }) else {
                throw GradientCheckError.unrelatedLeaf(name: name, known: known.map(\.name))
            }
            return Variable(name: name, tensor: leaf, leaf: name, range: 0..<leaf.shape.count)
        }
        try self.init(of: loss, variables: variables, values: values)
    }

    /// The values of the leaves that hold variables.
    var variableValues: [String: [Double]] {
        let leaves = Set(variables.map(\.leaf))
        return values.filter { leaves.contains($0.key) }
    }

    /// The loss alone, with every leaf written.
    func evaluation(on backend: some Backend) throws -> any Executable {
        try prepared(Graph(outputs: [Output.loss: loss]), on: backend)
    }

    /// The loss and its gradients for each variable, and the median time of computing them.
    func gradients<B: Backend, Element>(
        on backend: B, read: (B, any TensorBuffer) throws -> [Element]
    ) throws -> (loss: Element, ofVariables: [[Element]], seconds: Double) {
        let parts = try NNGraph.gradients(of: loss, withRespectTo: variables.map(\.tensor))
        let gradient = try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
        let executable = try prepared(
            Graph(outputs: [Output.loss: loss, Output.gradient: gradient]), on: backend)
        try executable.run()
        try backend.synchronize()
        let times = try (0..<5).map { _ in
            let start = ContinuousClock.now
            try executable.run()
            try backend.synchronize()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        var rest = try read(backend, executable.buffer(named: Output.gradient))[...]
        return (
            try read(backend, executable.buffer(named: Output.loss))[0],
            variables.map { variable in
                defer { rest = rest.dropFirst(variable.range.count) }
                return Array(rest.prefix(variable.range.count))
            },
            times.sorted()[times.count / 2]
        )
    }

    private func prepared(_ graph: Graph, on backend: some Backend) throws -> any Executable {
        let executable = try backend.compile(graph)
        for (name, leaf) in graph.leaves {
            let buffer = try executable.buffer(named: name)
            let values = values[name] ?? []
            switch leaf.type.elementType {
            case .float: try backend.write(values, to: buffer)
            case .int32: try backend.write(whole(values, leaf, name) as [Int32], to: buffer)
            case .unorm8: try backend.write(whole(values, leaf, name) as [UInt8], to: buffer)
            }
        }
        return executable
    }

    /// The values as the elements of a leaf that holds no others.
    private func whole<Element: FixedWidthInteger>(
        _ values: [Double], _ leaf: Tensor, _ name: String
    ) throws -> [Element] {
        try values.map { value in
            guard let element = Element(exactly: value) else {
                throw GraphError.mismatch(
                    name: name, expected: leaf.type, found: "the number \(value)")
            }
            return element
        }
    }
}
