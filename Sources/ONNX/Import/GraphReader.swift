import NNModel
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
    /// The most nodes, three for each layer that a model may have: a transposition, a product and a
    /// bias.
    static let maximumNodeCount = 3 * ModelLimits.layerCount

    let operatorSet: Int64
    private let nodes: [NodeProto]
    private let outputName: String
    /// How many more numbers may become weights.
    ///
    /// A file may use the same ones in several layers, as one that stores equal biases once does; twice
    /// the file's size is plenty for that.
    var remainingWeights: Int
    private var constants: [String: ConstantTensor] = [:]
    /// The names of all values so far.
    private var names: Set<String>
    /// The value that the next node has to read.
    private var tip: String
    var shape: SampleShape
    var links: [ImportedChain.Link] = []
    /// What is done to the features before the first layer.
    var preparation: Preparation?

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
        return ImportedChain(
            links: links, inputShape: shape.input, preparation: preparation)
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

    func constant(_ value: String, for node: Node) throws(ONNXError) -> ConstantTensor {
        if let constant = constants[value] { return constant }
        throw names.contains(value)
            ? node.unsupported("computes with two results, where weights are needed")
            : ONNXError(.unknownValue(node: node.name, value: value))
    }
}
