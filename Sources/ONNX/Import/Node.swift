import NNFiles

/// A node of the graph, with its settings checked: whatever it says that is not asked for is refused.
struct Node {
    let name: String
    /// The operator, with its domain unless that is the standard one.
    let operatorText: String
    /// The operator, if it is known.
    let operatorName: OperatorName?
    /// The names of the values it reads; those left out at the end are gone, others are empty.
    let inputs: [String]
    /// The names of its results, of which those that are not asked for are empty.
    let results: [String]
    private let attributes: [AttributeProto]

    /// Reads its name, at least one result, and how it is called in messages.
    init(_ stored: NodeProto, at index: Int) throws(ONNXError) {
        name = stored.name.isEmpty ? "number \(index + 1)" : stored.name
        let isStandard = ["", "ai.onnx"].contains(stored.domain)
        operatorText = (isStandard ? "" : "\(stored.domain).") + stored.opType
        operatorName = OperatorName(rawValue: operatorText)
        let count = stored.input.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
        inputs = Array(stored.input.prefix(count))
        results = stored.output
        attributes = stored.attribute
        guard results.contains(where: { !$0.isEmpty }) else {
            throw unsupported("has \(stored.output.count) results instead of one")
        }
    }

    /// The operator, if it is known and has as many inputs and results as it may have.
    func checkedOperator() throws(ONNXError) -> OperatorName {
        guard let operatorName else {
            throw ONNXError(.unsupportedOperator(node: name, name: operatorText))
        }
        guard operatorName.inputCounts.contains(inputs.count), inputs.first != "" else {
            throw unsupported("gives \(operatorName.rawValue) \(inputs.count) inputs")
        }
        guard results.dropFirst(operatorName.resultCount).allSatisfy(\.isEmpty) else {
            throw unsupported("has \(results.count) results instead of one")
        }
        return operatorName
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

    /// The list of numbers of an attribute.
    func floats(_ name: String) -> [Float] { attribute(name)?.floats ?? [] }

    /// The list of texts of an attribute.
    func texts(_ name: String) -> [String] {
        attribute(name)?.strings.map { String(decoding: $0.prefix(1024), as: UTF8.self) } ?? []
    }

    /// The tensor of an attribute.
    func tensor(_ name: String) -> TensorProto? {
        attribute(name).flatMap { $0.hasT ? $0.t : nil }
    }

    /// The error of a use that no layer computes.
    func unsupported(_ problem: String) -> ONNXError {
        ONNXError(.unsupportedUse(node: name, problem: problem))
    }

    /// Whether the node has the attribute.
    func has(_ name: String) -> Bool { attribute(name) != nil }

    private func attribute(_ name: String) -> AttributeProto? {
        attributes.first { $0.name == name }
    }
}
