import NNTraining

/// Reads a graph that is a chain of layers.
///
/// A graph lists its nodes in the order in which they can be computed, so one walk suffices: each node
/// reads constants and the result just before it, and anything else is refused. A cycle would read what
/// is not there yet.
struct GraphReader {
    /// The oldest version of the standard operators whose definitions the reader follows: since then
    /// sums broadcast as they do today.
    static let oldestOperatorSet: Int64 = 7
    /// The most nodes, since a layer takes at most a handful; it bounds the depth of the model's graph.
    static let maximumNodeCount = 4096

    private let operatorSet: Int64
    private let nodes: [NodeProto]
    private let outputName: String
    /// How many more numbers may become weights.
    ///
    /// A file may use the same ones in several layers, as one that stores equal biases once does; twice
    /// the file's size is plenty for that.
    private var remainingWeights: Int
    private var constants: [String: ConstantTensor] = [:]
    /// The names of all values so far.
    private var names: Set<String>
    /// The value that the next node has to read.
    private var tip: String
    private var shape: SampleShape
    private var links: [ImportedChain.Link] = []

    /// Checks the ends of the graph and collects its constants.
    init(_ model: ModelProto, byteCount: Int) throws(ONNXError) {
        guard model.irVersion > 0, model.hasGraph else { throw ONNXError(.noGraph) }
        operatorSet = model.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }?.version ?? 0
        guard operatorSet >= Self.oldestOperatorSet else {
            throw ONNXError(.operatorSet(operatorSet))
        }
        nodes = model.graph.node
        guard nodes.count <= Self.maximumNodeCount else {
            throw ONNXError(.tooManyNodes(nodes.count))
        }
        remainingWeights = 2 * byteCount / MemoryLayout<Float>.size
        var names: Set<String> = []
        for tensor in model.graph.initializer {
            guard names.insert(tensor.name).inserted else {
                throw ONNXError(.duplicateValue(tensor.name))
            }
            constants[tensor.name] = ConstantTensor(tensor, named: tensor.name)
        }
        // In old files the weights are listed as inputs with a default.
        let inputs = model.graph.input.filter { !names.contains($0.name) }
        guard inputs.count == 1, let input = inputs.first, model.graph.output.count == 1,
            let output = model.graph.output.first
        else { throw ONNXError(.ends(inputs: inputs.count, outputs: model.graph.output.count)) }
        shape = try SampleShape(input)
        tip = input.name
        names.insert(tip)
        self.names = names
        outputName = output.name
    }

    /// Walks through the nodes.
    mutating func chain() throws(ONNXError) -> ImportedChain {
        for (index, stored) in nodes.enumerated() {
            let node = try Node(stored, at: index)
            try read(node)
            guard names.insert(node.output).inserted else {
                throw ONNXError(.duplicateValue(node.output))
            }
        }
        guard tip == outputName else { throw ONNXError(.output(outputName)) }
        return ImportedChain(links: links, inputShape: shape.input)
    }

    private mutating func read(_ node: Node) throws(ONNXError) {
        if let constant = try constantResult(of: node) {
            constants[node.output] = constant
            return
        }
        if node.operatorName == .add, node.inputs[0] != tip {
            try takeTip(of: node, at: 1)
            try addBias(node, node.inputs[0])
        } else {
            try takeTip(of: node, at: 0)
            try readLayer(node)
        }
        tip = node.output
    }

    /// The result of a node that computes with constants only.
    private func constantResult(of node: Node) throws(ONNXError) -> ConstantTensor? {
        switch node.operatorName {
        case .constant:
            try node.checkAttributes(["value", "value_ints"])
            if let tensor = node.tensor("value") {
                return ConstantTensor(tensor, named: node.output)
            }
            guard let integers = node.integers("value_ints") else {
                throw node.unsupported("is a constant without a tensor")
            }
            return ConstantTensor(integers: integers, named: node.output)
        case .identity:
            return constants[node.inputs[0]]
        case .transpose:
            try node.checkAttributes(["perm"])
            guard let constant = constants[node.inputs[0]],
                [nil, [1, 0]].contains(node.integers("perm"))
            else {
                throw node.unsupported("transposes something else than a matrix of weights")
            }
            return try constant.transposed()
        default:
            return nil
        }
    }

    private func takeTip(of node: Node, at index: Int) throws(ONNXError) {
        let value = node.inputs[index]
        guard value != tip else { return }
        throw ONNXError(
            names.contains(value)
                ? .notAChain(node: node.name, value: value)
                : .unknownValue(node: node.name, value: value))
    }

    private func constant(_ value: String, for node: Node) throws(ONNXError) -> ConstantTensor {
        if let constant = constants[value] { return constant }
        throw names.contains(value)
            ? node.unsupported("computes with two results, where weights are needed")
            : ONNXError(.unknownValue(node: node.name, value: value))
    }

    // MARK: - Layers

    private mutating func readLayer(_ node: Node) throws(ONNXError) {
        switch node.operatorName {
        case .gemm: try readGemm(node)
        case .matMul:
            try node.checkAttributes([])
            try addProduct(node, isTransposed: false)
        case .add:
            try node.checkAttributes([])
            try addBias(node, node.inputs[1])
        case .sigmoid: try addActivation(.sigmoid, node)
        case .tanh: try addActivation(.tanh, node)
        case .relu: try addActivation(.relu, node)
        case .softplus: try addActivation(.softplus, node)
        case .leakyRelu:
            let slope = node.float("alpha", default: 0.01)
            guard slope.isFinite else { throw node.unsupported("has the slope \(slope)") }
            try addActivation(.leakyReLU(slope: slope), node, settings: "alpha")
        case .gelu:
            let kind = node.text("approximate", default: "none")
            guard kind == "none" else {
                throw node.unsupported("approximates GELU by \(kind.debugDescription)")
            }
            try addActivation(.gelu, node, settings: "approximate")
        case .softmax:
            let axis = node.integer("axis", default: operatorSet < 13 ? 1 : -1)
            guard axis == -1 || axis == Int64(shape.batchRank - 1) else {
                throw node.unsupported("takes the softmax along axis \(axis) instead of the last")
            }
            try addActivation(.softmax, node, settings: "axis")
        case .dropout: try readDropout(node)
        case .identity: try node.checkAttributes([])
        case .flatten:
            try node.checkAttributes(["axis"])
            guard node.integer("axis", default: 1) == 1, shape.flatten() else {
                throw node.unsupported("flattens something else than whole samples")
            }
        case .reshape: try readReshape(node)
        case .constant, .transpose: break  // their results are constants
        }
    }

    private mutating func addActivation(
        _ function: LayerFunction, _ node: Node, settings: String...
    ) throws(ONNXError) {
        try node.checkAttributes(settings)
        links.append(ImportedChain.Link(function: function))
        shape.passElementwise()
    }

    /// Outside of training it gives what it gets.
    private func readDropout(_ node: Node) throws(ONNXError) {
        try node.checkAttributes(["ratio", "seed"])
        guard node.inputs.count == 3 else { return }
        guard try !constant(node.inputs[2], for: node).isTrue() else {
            throw node.unsupported("drops values as in training")
        }
    }

    private mutating func readReshape(_ node: Node) throws(ONNXError) {
        try node.checkAttributes(["allowzero"])
        let target = try constant(node.inputs[1], for: node)
        let sizes = try target.shape() == [2] ? target.integers() : []
        let isBatchKept =
            !sizes.isEmpty
            && (sizes[0] == -1 || sizes[0] == shape.batch
                || sizes[0] == 0 && node.integer("allowzero", default: 0) == 0)
        guard isBatchKept, sizes != [-1, -1], sizes[1] == -1 || sizes[1] > 0,
            shape.flatten(to: sizes[1] == -1 ? nil : Int(sizes[1]))
        else { throw node.unsupported("reshapes something else than whole samples to rows") }
    }

    private mutating func readGemm(_ node: Node) throws(ONNXError) {
        try node.checkAttributes(["alpha", "beta", "transA", "transB"])
        for factor in ["alpha", "beta"] where node.float(factor, default: 1) != 1 {
            throw node.unsupported("scales a product, with \(factor) other than 1")
        }
        guard node.integer("transA", default: 0) == 0 else {
            throw node.unsupported("transposes the samples")
        }
        guard shape.batchRank == 2 else {
            throw node.unsupported("multiplies samples of \(shape.batchRank - 1) axes as a matrix")
        }
        try addProduct(node, isTransposed: node.integer("transB", default: 0) != 0)
        if node.inputs.count == 3 { try addBias(node, node.inputs[2]) }
    }

    /// A layer without a bias, from weights [inputs, outputs] or, transposed, [outputs, inputs].
    private mutating func addProduct(_ node: Node, isTransposed: Bool) throws(ONNXError) {
        let weights = try constant(node.inputs[1], for: node)
        let sizes = try weights.shape()
        guard sizes.count == 2, sizes.allSatisfy({ $0 >= 1 }) else {
            throw node.unsupported("multiplies with weights of the shape \(sizes.prefix(8))")
        }
        let (inputs, outputs) = isTransposed ? (sizes[1], sizes[0]) : (sizes[0], sizes[1])
        if let features = shape.current?.last, features != inputs {
            throw node.unsupported("takes \(inputs) features and gets \(features)")
        }
        try use(inputs.multipliedReportingOverflow(by: outputs))
        links.append(
            ImportedChain.Link(
                function: .linear(inputs: inputs, outputs: outputs, hasBias: false),
                weight: try weights.matrix(transposing: !isTransposed)))
        shape.pass(inputs: inputs, outputs: outputs)
    }

    /// Gives the layer just read its bias.
    private mutating func addBias(_ node: Node, _ value: String) throws(ONNXError) {
        guard let last = links.indices.last,
            case .linear(let inputs, let outputs, hasBias: false) = links[last].function
        else { throw node.unsupported("adds something else than the bias of a product") }
        let bias = try constant(value, for: node)
        let sizes = try bias.shape()
        guard sizes.last ?? 1 == outputs, sizes.dropLast().allSatisfy({ $0 == 1 }),
            sizes.count <= shape.batchRank
        else {
            throw node.unsupported(
                "adds a bias of the shape \(sizes.prefix(8)) to \(outputs) features")
        }
        try use((outputs, false))
        links[last].bias = try bias.floats()
        links[last].function = .linear(inputs: inputs, outputs: outputs, hasBias: true)
    }

    private mutating func use(_ count: (partialValue: Int, overflow: Bool)) throws(ONNXError) {
        guard !count.overflow, count.partialValue <= remainingWeights else {
            throw ONNXError(.sharedWeights)
        }
        remainingWeights -= count.partialValue
    }
}
