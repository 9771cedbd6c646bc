import NNFiles

// What each operator means for the chain of layers.
extension GraphReader {
    /// Reads a node whose first input is the result just before it.
    mutating func readLayer(_ node: Node) throws(ONNXError) {
        switch node.operatorName {
        case .gemm: try readGemm(node)
        case .matMul:
            try node.checkAttributes([])
            try addProduct(node, isTransposed: false)
        case .add:
            try node.checkAttributes([])
            try addBias(node, node.inputs[1])
        case .subtract, .multiply, .divide: try addPreparation(node)
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
                throw node.unsupported("approximates GELU by \(kind.excerpt)")
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
        // Weights that are not there are no shared ones, so that they are comes first.
        try weights.checkFloats()
        try use(inputs.multipliedReportingOverflow(by: outputs))
        links.append(
            ImportedChain.Link(
                function: .linear(inputs: inputs, outputs: outputs, hasBias: false),
                weight: try weights.matrix(transposing: !isTransposed)))
        shape.pass(inputs: inputs, outputs: outputs)
    }

    /// Gives the layer just read its bias.
    mutating func addBias(_ node: Node, _ value: String) throws(ONNXError) {
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
        try bias.checkFloats()
        try use((outputs, false))
        links[last].bias = try bias.floats()
        links[last].function = .linear(inputs: inputs, outputs: outputs, hasBias: true)
    }

    /// Counts numbers that become weights.
    mutating func use(_ count: (partialValue: Int, overflow: Bool)) throws(ONNXError) {
        guard !count.overflow, count.partialValue <= remainingWeights else {
            throw ONNXError(.sharedWeights)
        }
        remainingWeights -= count.partialValue
    }
}
