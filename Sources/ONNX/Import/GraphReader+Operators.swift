import NNModel

// What each operator means.
extension GraphReader {
    /// The results of a node.
    mutating func read(_ node: Node) throws(ONNXError) -> [Value] {
        switch try node.checkedOperator() {
        case .gemm: [try gemm(node)]
        case .matMul: [try product(node)]
        case .sigmoid: [try function(.sigmoid, node)]
        case .tanh: [try function(.tanh, node)]
        case .relu: [try function(.relu, node)]
        case .softplus: [try function(.softplus, node)]
        case .leakyRelu: [try leakyReLU(node)]
        case .gelu: [try gelu(node)]
        case .softmax, .logSoftmax: [try softmax(node)]
        case .clip, .maximum: [try rectifier(node)]
        case .layerNormalization: [try layerNormalization(node)]
        case .batchNormalization: [try batchNormalization(node)]
        case .add, .subtract, .multiply, .divide, .greater, .power: [try arithmetic(node)]
        case .sum: [try sum(node)]
        case .concat: [try concat(node)]
        case .whereTrue: [try whereTrue(node)]
        case .erf, .logarithm, .squareRoot, .reduceMean, .negative, .reciprocal:
            [try formula(node)]
        case .constant: [.constant(try constantValue(node))]
        case .identity, .cast, .castLike, .dropout: [try passed(node)]
        case .flatten, .reshape, .squeeze, .unsqueeze: [try reshaped(node)]
        case .transpose: [try transposed(node)]
        case .gather: [try gathered(node)]
        case .shape: [try shape(node)]
        case .slice: [try sliced(node)]
        case .reduceProduct: [try sizesProduct(node)]
        case .scaler: [try scaler(node)]
        case .linearClassifier: try linearClassifier(node)
        case .linearRegressor: [try linearRegressor(node)]
        case .normalizer: [try normalizer(node)]
        case .zipMap: [try zipMap(node)]
        case .arrayFeatureExtractor: [try chosenLabels(node)]
        }
    }

    // MARK: - Functions

    private mutating func function(
        _ function: LayerFunction, _ node: Node, settings: String...
    ) throws(ONNXError) -> Value {
        try node.checkAttributes(settings)
        return add(.function(function), [try numbers(0, of: node)], node: node)
    }

    private mutating func leakyReLU(_ node: Node) throws(ONNXError) -> Value {
        let slope = node.float("alpha", default: 0.01)
        guard slope.isFinite else { throw node.unsupported("has the slope \(slope)") }
        return try function(.leakyReLU(slope: slope), node, settings: "alpha")
    }

    private mutating func gelu(_ node: Node) throws(ONNXError) -> Value {
        let kind = node.text("approximate", default: "none")
        guard kind == "none" else {
            throw node.unsupported(
                "approximates GELU by \(kind.excerpt), and the layer here is exact")
        }
        return try function(.gelu, node, settings: "approximate")
    }

    private mutating func softmax(_ node: Node) throws(ONNXError) -> Value {
        let isLog = node.operatorName == .logSoftmax
        let term = try numbers(0, of: node)
        let axis = node.integer("axis", default: operatorSet < 13 ? 1 : -1)
        guard axis == -1 || axis == Int64(terms[term].rank - 1) else {
            throw node.unsupported("takes the softmax along axis \(axis) instead of the last")
        }
        try node.checkAttributes(["axis"])
        return add(isLog ? .logSoftmax : .function(.softmax), [term], node: node)
    }

    /// A bound of 0 from below.
    private mutating func rectifier(_ node: Node) throws(ONNXError) -> Value {
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
        guard low == 0, high ?? .infinity >= .greatestFiniteMagnitude else {
            throw node.unsupported("clips its input otherwise than at 0 from below")
        }
        return add(.function(.relu), [try numbers(0, of: node)], node: node)
    }

    /// A part of a formula.
    private mutating func formula(_ node: Node) throws(ONNXError) -> Value {
        guard let name = node.operatorName else { throw node.unsupported("is unknown") }
        let term = try numbers(0, of: node)
        var shape = terms[term].shape
        if name == .reduceMean {
            try node.checkAttributes(["axes", "keepdims", "noop_with_empty_axes"])
            let axes = try integers("axes", orInput: 1, of: node)
            guard axes == [-1] || axes == [terms[term].rank - 1],
                node.integer("keepdims", default: 1) == 1
            else { throw node.unsupported("takes a mean that no layer takes") }
            shape = shape.map { $0.dropLast() + [.known(1)] }
        } else {
            try node.checkAttributes([])
        }
        if name == .logarithm, case .function(.softmax) = terms[term].kind {
            return add(.logSoftmax, terms[term].operands, node: node)
        }
        return add(.formula(name), [term], shape: .some(shape), node: node)
    }

    // MARK: - What passes numbers on

    private func passed(_ node: Node) throws(ONNXError) -> Value {
        let value = try value(0, of: node)
        switch node.operatorName {
        case .dropout:
            try node.checkAttributes(["ratio", "seed"])
            // Outside of training it gives what it gets.
            if node.inputs.count == 3, try constant(2, of: node).number != 0 {
                throw node.unsupported("drops values as in training")
            }
        case .cast:
            try node.checkAttributes(["to", "saturate", "round_mode"])
            return try cast(value, to: Int32(clamping: node.integer("to", default: 0)), node)
        case .castLike:
            guard case .term(let other) = try self.value(1, of: node) else { return value }
            return try cast(value, to: terms[other].elementType, node)
        default: try node.checkAttributes([])
        }
        return value
    }

    /// Between floats, and between integers, nothing changes for a layer; whole numbers as floats are floats.
    private func cast(_ value: Value, to type: Int32, _ node: Node) throws(ONNXError) -> Value {
        guard case .term(let term) = value else { return value }
        let isFloat = ElementType.floats.contains(type)
        if isFloat == ElementType.floats.contains(terms[term].elementType) { return value }
        if isFloat, case .input(let place) = terms[term].kind, let other = floatInput(place) {
            return .term(other)
        }
        throw node.unsupported("turns numbers into elements of type \(type)")
    }

    private func constantValue(_ node: Node) throws(ONNXError) -> ConstantTensor {
        let name = node.results[0]
        try node.checkAttributes([
            "value", "value_int", "value_ints", "value_float", "value_floats",
        ])
        if let tensor = node.tensor("value") {
            return ConstantTensor(tensor, named: name, files: files)
        }
        if let integers = node.integers("value_ints"), node.has("value_ints") {
            return ConstantTensor(integers: integers, named: name)
        }
        if node.has("value_int") {
            return try ConstantTensor(
                integers: [node.integer("value_int", default: 0)], named: name
            ).reshaped(to: [])
        }
        if node.has("value_floats") {
            let floats = node.floats("value_floats")
            return ConstantTensor(floats: floats, shape: [floats.count], named: name)
        }
        if node.has("value_float") {
            return ConstantTensor(
                floats: [node.float("value_float", default: 0)], shape: [], named: name)
        }
        throw node.unsupported("is a constant without a tensor")
    }
}
