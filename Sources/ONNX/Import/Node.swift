import NNFiles

/// A node of the graph, with its settings checked: whatever it says that is not asked for is refused.
struct Node {
    let name: String
    let operatorName: OperatorName
    /// The names of the values it reads; those left out at the end are gone, others are empty.
    let inputs: [String]
    /// The name of its result.
    let output: String
    private let attributes: [AttributeProto]

    /// Checks the operator's name and the numbers of inputs and outputs.
    init(_ stored: NodeProto, at index: Int) throws(ONNXError) {
        name = stored.name.isEmpty ? "number \(index + 1)" : stored.name
        let isStandard = ["", "ai.onnx"].contains(stored.domain)
        guard isStandard, let known = OperatorName(rawValue: stored.opType) else {
            let domain = isStandard ? "" : "\(stored.domain)."
            throw ONNXError(.unsupportedOperator(node: name, name: domain + stored.opType))
        }
        operatorName = known
        let count = stored.input.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
        inputs = Array(stored.input.prefix(count))
        attributes = stored.attribute
        guard known.inputCounts.contains(count), inputs.first != "" else {
            throw ONNXError(
                .unsupportedUse(node: name, problem: "gives \(known.rawValue) \(count) inputs"))
        }
        // A dropout's mask, the second result, is of use in training only.
        guard let output = stored.output.first, !output.isEmpty,
            stored.output.dropFirst().allSatisfy(\.isEmpty) || known == .dropout
        else {
            throw ONNXError(
                .unsupportedUse(
                    node: name, problem: "has \(stored.output.count) results instead of one"))
        }
        self.output = output
    }

    /// Throws for any attribute besides these.
    func checkAttributes(_ known: [String]) throws(ONNXError) {
        for attribute in attributes where !known.contains(attribute.name) {
            throw unsupported("has the unknown setting \(attribute.name.excerpt)")
        }
    }

    /// The integer of an attribute.
    func integer(_ name: String, default standard: Int64) -> Int64 {
        attribute(name).map { $0.i } ?? standard
    }

    /// The number of an attribute.
    func float(_ name: String, default standard: Float) -> Float {
        attribute(name).map { $0.f } ?? standard
    }

    /// The text of an attribute.
    func text(_ name: String, default standard: String) -> String {
        attribute(name).map { String(decoding: $0.s.prefix(80), as: UTF8.self) } ?? standard
    }

    /// The list of integers of an attribute.
    func integers(_ name: String) -> [Int64]? { attribute(name)?.ints }

    /// The tensor of an attribute.
    func tensor(_ name: String) -> TensorProto? {
        attribute(name).flatMap { $0.hasT ? $0.t : nil }
    }

    /// The error of a use that no layer computes.
    func unsupported(_ problem: String) -> ONNXError {
        ONNXError(.unsupportedUse(node: name, problem: problem))
    }

    private func attribute(_ name: String) -> AttributeProto? {
        attributes.first { $0.name == name }
    }
}

extension OperatorName {
    /// How many inputs it may have.
    fileprivate var inputCounts: ClosedRange<Int> {
        switch self {
        case .constant: 0...0
        case .gemm: 2...3
        case .matMul, .add, .subtract, .multiply, .divide, .reshape: 2...2
        case .dropout: 1...3
        case .sigmoid, .tanh, .relu, .leakyRelu, .gelu, .softplus, .softmax, .identity, .flatten,
            .transpose:
            1...1
        }
    }
}
