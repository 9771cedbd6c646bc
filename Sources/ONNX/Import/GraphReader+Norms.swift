import NNModel

// Normalizations.
extension GraphReader {
    mutating func layerNormalization(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axis", "epsilon", "stash_type"])
        let term = try numbers(0, of: node)
        let axis = node.integer("axis", default: -1)
        guard axis == -1 || axis == Int64(terms[term].rank - 1) else {
            throw node.unsupported("normalizes more than the last axis, from axis \(axis) on")
        }
        return add(
            .layerNorm(
                weight: try constant(1, of: node),
                bias: node.inputs.count > 2 ? try constant(2, of: node) : nil,
                epsilon: node.float("epsilon", default: 1e-5)),
            [term], node: node)
    }

    mutating func rmsNormalization(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axis", "epsilon", "stash_type"])
        let term = try numbers(0, of: node)
        let axis = node.integer("axis", default: -1)
        guard axis == -1 || axis == Int64(terms[term].rank - 1), let features = terms[term].features
        else {
            throw node.unsupported("normalizes more than the last axis, from axis \(axis) on")
        }
        return add(
            .part(
                .rootMeanSquare(
                    features, epsilon: node.float("epsilon", default: 1e-5),
                    weight: try constant(1, of: node))), [term], node: node)
    }

    /// The channels of a result, the second axis.
    private func channels(_ term: Int, _ node: Node) throws(ONNXError) -> Int {
        guard let shape = terms[term].shape, shape.count >= 2, !terms[term].mergesRows,
            let channels = shape[1].number
        else { throw node.unsupported("normalizes an unknown number of channels") }
        return channels
    }

    /// Outside of training it has the same mean and deviation for all samples.
    mutating func batchNormalization(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["epsilon", "momentum", "training_mode", "spatial"])
        let term = try numbers(0, of: node)
        guard node.integer("training_mode", default: 0) == 0 else {
            throw node.unsupported("normalizes as in training")
        }
        guard node.integer("spatial", default: 1) == 1 else {
            throw node.unsupported("normalizes each place by itself")
        }
        let count = try channels(term, node)
        // What is kept of the older mean, and a layer here says what is taken of the newer one.
        let momentum = 1 - LayerPart.number(node.float("momentum", default: 0.9))
        let epsilon = node.float("epsilon", default: 1e-5)
        guard (0...1).contains(momentum), epsilon.isFinite, epsilon > 0 else {
            throw node.unsupported("has the momentum \(1 - momentum) and the epsilon \(epsilon)")
        }
        let layer = BatchNorm(
            count, epsilon: LayerPart.number(epsilon), momentum: (momentum * 1e6).rounded() / 1e6)
        return add(
            .part(
                .batchNorm(
                    layer, weight: .constant(try constant(1, of: node)),
                    bias: .constant(try constant(2, of: node)),
                    mean: .constant(try constant(3, of: node)),
                    variance: .constant(try constant(4, of: node)))), [term], node: node)
    }

    mutating func instanceNormalization(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["epsilon"])
        let term = try numbers(0, of: node)
        guard terms[term].rank >= 3 else { throw node.unsupported("normalizes single numbers") }
        let count = try channels(term, node)
        let layer = InstanceNorm(
            count, epsilon: LayerPart.number(node.float("epsilon", default: 1e-5)), affine: true)
        let (weight, bias) = (try constant(1, of: node), try constant(2, of: node))
        return add(
            .part(
                .norm(
                    layer, count, weight: weight.isSame(1) ? nil : weight,
                    bias: bias.isSame(0) ? nil : bias, trailing: terms[term].rank - 2)),
            [term], node: node)
    }

    mutating func groupNormalization(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["epsilon", "num_groups", "stash_type"])
        let term = try numbers(0, of: node)
        let count = try channels(term, node)
        let groups = Int(clamping: node.integer("num_groups", default: 1))
        guard operatorSet >= 21 || groups == count else {
            throw node.unsupported(
                "has a weight for each group, and the layer here for each channel: export it with version 21 of "
                    + "the operators")
        }
        return add(
            .part(
                .norm(
                    GroupNorm(
                        groups, count,
                        epsilon: LayerPart.number(node.float("epsilon", default: 1e-5))),
                    count, weight: try constant(1, of: node), bias: try constant(2, of: node),
                    trailing: terms[term].rank - 2)), [term], node: node)
    }

    /// Group normalization as groups that become channels, instance normalization of these, and channels again.
    func groupNorm(reshaping term: Int, to shape: [Size]) -> (part: LayerPart, operand: Int)? {
        guard case .part(let part) = terms[term].kind, let norm = part.layer as? InstanceNorm,
            case .reshaped = terms[terms[term].operands[0]].kind,
            part.hasUsualNumbers, shape.count >= 2, let channels = shape[1].number,
            channels.isMultiple(of: norm.channels), norm.channels <= 1 << 16
        else { return nil }
        let operand = terms[terms[term].operands[0]].operands[0]
        guard terms[operand].shape == shape, !terms[operand].mergesRows else { return nil }
        return (
            .norm(
                GroupNorm(norm.channels, channels, epsilon: norm.epsilon), channels,
                trailing: shape.count - 2), operand
        )
    }
}

extension LayerPart {
    /// A normalization by the root of the mean of squares along the last axis.
    static func rootMeanSquare(
        _ features: Int, epsilon: Float, weight: ConstantTensor? = nil
    ) -> LayerPart {
        .norm(
            RMSNorm(features, epsilon: number(epsilon)), features, weight: weight, hasBias: false)
    }

    /// Whether its weight is 1 and its bias 0 everywhere.
    var hasUsualNumbers: Bool {
        parameters.allSatisfy { parameter in
            let usual: Float = parameter.name == "bias" ? 0 : 1
            switch parameter.numbers {
            case .same(let value): return value == usual
            case .constant(let constant): return constant.isSame(usual)
            default: return false
            }
        }
    }
}

extension ConstantTensor {
    /// The most numbers that are compared: any number of nodes may name a constant.
    private static let comparedCount = 1 << 12

    /// Whether all of its numbers are that one.
    fileprivate func isSame(_ number: Float) -> Bool {
        guard let count = try? shape().checkedProduct, count <= Self.comparedCount else {
            return false
        }
        return (try? floats())?.allSatisfy { $0 == number } ?? false
    }
}
