import NNModel

// Functions of each number by itself, and of rows.
extension GraphReader {
    mutating func function(
        _ function: LayerFunction, _ node: Node, settings: String...
    ) throws(ONNXError) -> Value {
        try node.checkAttributes(settings)
        return elementwise(.function(function), try numbers(0, of: node), node)
    }

    mutating func leakyReLU(_ node: Node) throws(ONNXError) -> Value {
        let slope = node.float("alpha", default: 0.01)
        guard slope.isFinite else { throw node.unsupported("has the slope \(slope)") }
        return try function(.leakyReLU(slope: slope), node, settings: "alpha")
    }

    mutating func elu(_ node: Node) throws(ONNXError) -> Value {
        let alpha = node.float("alpha", default: 1)
        guard alpha.isFinite else { throw node.unsupported("has the alpha \(alpha)") }
        return try function(.elu(alpha: alpha), node, settings: "alpha")
    }

    mutating func swish(_ node: Node) throws(ONNXError) -> Value {
        guard node.float("alpha", default: 1) == 1 else {
            throw node.unsupported("multiplies within a swish")
        }
        return try function(.silu, node, settings: "alpha")
    }

    mutating func gelu(_ node: Node) throws(ONNXError) -> Value {
        let kind = node.text("approximate", default: "none")
        guard kind == "none" else {
            throw node.unsupported(
                "approximates GELU by \(kind.excerpt), and the layer here is exact")
        }
        return try function(.gelu, node, settings: "approximate")
    }

    /// A trained slope for all numbers, or one for each channel.
    mutating func pReLU(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        let (term, order) = straight(try numbers(0, of: node))
        guard let slopes = straight(try constant(1, of: node), beside: term, order),
            let count = try slopes.shape().checkedProduct, count >= 1,
            slopes.isSpread(over: count, trailing: max(0, terms[term].rank - 2))
        else { throw node.unsupported("has other slopes than one, or one for each channel") }
        let part = LayerPart(
            layer: PReLU(count),
            parameters: [.init(name: "weight", shape: [count], numbers: .constant(slopes))])
        return ordered(add(.part(part), [term], node: node), order, node)
    }

    mutating func softmax(_ node: Node) throws(ONNXError) -> Value {
        let isLog = node.operatorName == .logSoftmax
        let term = try numbers(0, of: node)
        let axis = node.integer("axis", default: operatorSet < 13 ? 1 : -1)
        guard axis == -1 || axis == Int64(terms[term].rank - 1) else {
            throw node.unsupported("takes the softmax along axis \(axis) instead of the last")
        }
        try node.checkAttributes(["axis"])
        return add(isLog ? .logSoftmax : .function(.softmax), [term], node: node)
    }

    /// A bound of 0 from below, also with one of 6 from above.
    mutating func rectifier(_ node: Node) throws(ONNXError) -> Value {
        var (low, high): (Float?, Float?) = (nil, nil)
        if node.operatorName == .maximum {
            guard node.inputs.count == 2 else {
                throw node.unsupported("takes the largest of several results")
            }
            low = try constant(1, of: node).number
        } else {
            try node.checkAttributes(["min", "max"])
            low = node.has("min") ? node.float("min", default: 0) : nil
            high = node.has("max") ? node.float("max", default: 0) : nil
            if node.inputs.count > 1, !node.inputs[1].isEmpty {
                low = try constant(1, of: node).number
            }
            if node.inputs.count > 2 { high = try constant(2, of: node).number ?? 0 }
        }
        let term = try numbers(0, of: node)
        guard low == 0, high == 6 || high ?? .infinity >= .greatestFiniteMagnitude else {
            throw node.unsupported("clips its input otherwise than at 0 from below, or at 0 and 6")
        }
        return elementwise(.function(high == 6 ? .relu6 : .relu), term, node)
    }

    /// A bound of 6 from above for what has one of 0 from below.
    mutating func bounded(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        guard node.inputs.count == 2, try constant(1, of: node).number == 6 else {
            throw node.unsupported("takes the smallest of several results")
        }
        let (term, order) = straight(try numbers(0, of: node))
        guard case .function(.relu) = terms[term].kind else {
            throw node.unsupported("clips its input from above only")
        }
        return ordered(
            add(.function(.relu6), terms[term].operands, node: node), order, node)
    }

    /// The gate of Hardswish, of use in formulas only.
    mutating func hardSigmoid(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["alpha", "beta"])
        let (alpha, beta) = (node.float("alpha", default: 0.2), node.float("beta", default: 0.5))
        guard abs(alpha * 6 - 1) < 1e-3, beta == 0.5 else {
            throw ONNXError(.unsupportedOperator(node: node.name, name: node.operatorText))
        }
        return elementwise(.formula(.hardSigmoid), try numbers(0, of: node), node)
    }

    /// A part of a formula.
    mutating func formula(_ node: Node) throws(ONNXError) -> Value {
        guard let name = node.operatorName else { throw node.unsupported("is unknown") }
        try node.checkAttributes([])
        let term = try numbers(0, of: node)
        if name == .logarithm, case .function(.softmax) = terms[term].kind {
            return add(.logSoftmax, terms[term].operands, node: node)
        }
        return elementwise(.formula(name), term, node)
    }
}
