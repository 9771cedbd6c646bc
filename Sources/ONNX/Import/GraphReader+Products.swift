import NNModel

// Layers with weights.
extension GraphReader {
    mutating func gemm(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["alpha", "beta", "transA", "transB"])
        let (alpha, beta) = (node.float("alpha", default: 1), node.float("beta", default: 1))
        guard alpha.isFinite, beta.isFinite else {
            throw node.unsupported("scales a product, with an alpha or beta that is no number")
        }
        guard node.integer("transA", default: 0) == 0 else {
            throw node.unsupported("transposes the samples")
        }
        let term = try numbers(0, of: node)
        guard terms[term].rank == 2 || terms[term].mergesRows else {
            throw node.unsupported(
                "multiplies samples of \(terms[term].rank - 1) axes as a matrix")
        }
        var map = try affineMap(
            of: term, try constant(1, of: node),
            isTransposed: node.integer("transB", default: 0) != 0, node)
        map.scale = alpha
        if node.inputs.count == 3, beta != 0 {
            map.steps.append(.add(try constant(2, of: node), factor: beta))
        }
        return add(linear: map, of: term, node)
    }

    mutating func product(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        if case .constant(let constant) = try value(0, of: node),
            let means = adaptiveMean(
                of: try numbers(1, of: node), by: constant, isFirst: true, node)
        {
            return means
        }
        let term = try numbers(0, of: node)
        let weight = try constant(1, of: node)
        if let means = adaptiveMean(of: term, by: weight, isFirst: false, node) { return means }
        let map = try affineMap(
            of: term, weight, isTransposed: false, node)
        return add(linear: map, of: term, node)
    }

    /// A product of a result with weights [inputs, outputs] or, transposed, [outputs, inputs].
    func affineMap(
        of term: Int, _ weights: ConstantTensor, isTransposed: Bool, _ node: Node
    ) throws(ONNXError) -> AffineMap {
        let sizes = try weights.shape()
        guard sizes.count == 2, sizes.allSatisfy({ $0 >= 1 }) else {
            throw node.unsupported("multiplies with weights of the shape \(sizes.prefix(8))")
        }
        let (inputs, outputs) = isTransposed ? (sizes[1], sizes[0]) : (sizes[0], sizes[1])
        if let features = terms[term].features, features != inputs {
            throw node.unsupported("takes \(inputs) features and gets \(features)")
        }
        return AffineMap(
            inputs: inputs, outputs: outputs, weight: weights, isTransposed: isTransposed)
    }

    mutating func add(linear map: AffineMap, of term: Int, _ node: Node) -> Value {
        var (map, term) = (map, term)
        if case .ordered(.columns(let columns)) = terms[term].kind {
            map.columns = columns
            term = terms[term].operands[0]
        }
        let leading = terms[term].shape?.dropLast() ?? [.batch]
        return add(.linear(map), [term], shape: leading + [.known(map.outputs)], node: node)
    }
}
