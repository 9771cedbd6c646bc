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
        case .mish: [try function(.mish, node)]
        case .hardSwish: [try function(.hardswish, node)]
        case .swish: [try swish(node)]
        case .leakyRelu: [try leakyReLU(node)]
        case .elu: [try elu(node)]
        case .pRelu: [try pReLU(node)]
        case .hardSigmoid: [try hardSigmoid(node)]
        case .gelu: [try gelu(node)]
        case .softmax, .logSoftmax: [try softmax(node)]
        case .clip, .maximum: [try rectifier(node)]
        case .minimum: [try bounded(node)]
        case .convolution, .convTranspose: [try convolution(node)]
        case .maxPool: [try maxPool(node)]
        case .averagePool: [try averagePool(node)]
        case .globalAveragePool, .globalMaxPool: [try globalPool(node)]
        case .pad: [try padded(node)]
        case .resize, .upsample: [try resized(node)]
        case .layerNormalization: [try layerNormalization(node)]
        case .batchNormalization: [try batchNormalization(node)]
        case .instanceNormalization: [try instanceNormalization(node)]
        case .groupNormalization: [try groupNormalization(node)]
        case .rmsNormalization: [try rmsNormalization(node)]
        case .add, .subtract, .multiply, .divide, .greater, .power: [try arithmetic(node)]
        case .sum: [try sum(node)]
        case .concat: [try concat(node)]
        case .whereTrue: [try whereTrue(node)]
        case .reduceMean: [try reduceMean(node)]
        case .erf, .logarithm, .squareRoot, .negative, .reciprocal: [try formula(node)]
        case .constant: [.constant(try constantValue(node))]
        case .identity, .cast, .castLike, .dropout: [try passed(node)]
        case .flatten, .reshape, .squeeze, .unsqueeze: [try reshaped(node)]
        case .transpose: [try transposed(node)]
        case .gather: [try gathered(node)]
        case .shape: [try shape(node)]
        case .slice: [try sliced(node)]
        case .constantOfShape: [try filled(node)]
        case .reduceProduct: [try sizesProduct(node)]
        case .scaler: [try scaler(node)]
        case .linearClassifier: try linearClassifier(node)
        case .linearRegressor: [try linearRegressor(node)]
        case .normalizer: [try normalizer(node)]
        case .zipMap: [try zipMap(node)]
        case .arrayFeatureExtractor: [try chosenLabels(node)]
        }
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
