import NNModel

/// Reads a graph of layers.
///
/// A graph lists its nodes in the order in which they can be computed, so one walk suffices. What depends on no input
/// is folded, what depends on inputs becomes a term, and a cycle would read what is not there yet. What cannot be read
/// matters only if an output needs it: exporters leave much in a file, such as the labels of a classifier.
struct GraphReader {
    /// The oldest version of the standard operators whose definitions the reader follows: since then
    /// sums broadcast as they do today.
    static let oldestOperatorSet: Int64 = 7
    /// The most nodes: three for each layer that a model may have, as a transposition, a product and a bias, and some
    /// that do nothing.
    static let maximumNodeCount = 6 * ModelLimits.layerCount
    /// The most places of all windows of poolings together.
    static let maximumWindowPlaces = 1 << 16
    /// The most inputs and outputs.
    static let maximumEndCount = 64

    let operatorSet: Int64
    let files: ExternalFiles
    /// The size of a batch, if the graph was made for one.
    let batch: Int?
    private(set) var terms: [Term] = []
    private var values: [String: Value] = [:]
    private let nodes: [NodeProto]
    private let inputs: [String]
    private let outputs: [ValueInfoProto]
    /// The places of all windows of poolings so far.
    private var windowPlaces = 0
    /// The weights that have been filled in so far.
    var filledCount = 0
    /// The terms of inputs of whole numbers once they are floats, by the inputs' places.
    private var floatInputs: [Int: Int] = [:]
    /// Whether a node has said what the classes are called.
    var hasLabels = false
    /// What the classes are called, if not by their numbers.
    var classLabels: [String]?
    /// Whether a node says that the results are numbers that are wanted, and no logits.
    var isRegression = false

    /// Checks the ends of the graph and collects its constants.
    init(_ model: ModelProto, files: ExternalFiles) throws(ONNXError) {
        guard model.irVersion > 0, model.hasGraph else { throw ONNXError(.noGraph) }
        operatorSet = model.opsetImport.first { ["", "ai.onnx"].contains($0.domain) }?.version ?? 0
        guard operatorSet >= Self.oldestOperatorSet else {
            throw ONNXError(.operatorSet(operatorSet))
        }
        self.files = files
        nodes = model.graph.node
        outputs = model.graph.output
        guard nodes.count <= Self.maximumNodeCount else {
            throw ONNXError(.tooManyNodes(nodes.count))
        }
        for tensor in model.graph.initializer {
            let constant = ConstantTensor(tensor, named: tensor.name, files: files)
            guard values.updateValue(.constant(constant), forKey: tensor.name) == nil else {
                throw ONNXError(.duplicateValue(tensor.name))
            }
        }
        // In old files the weights are listed as inputs with a default.
        let names = Set(values.keys)
        let inputs = model.graph.input.filter { !names.contains($0.name) }
        guard (1...Self.maximumEndCount).contains(inputs.count),
            (1...Self.maximumEndCount).contains(outputs.count)
        else {
            throw ONNXError(.ends(inputs: inputs.count, outputs: outputs.count))
        }
        let channelsLast = Self.inputsWithChannelsLast(nodes, inputs)
        var batch: Int?
        for (place, input) in inputs.enumerated() {
            let type = try InputType(input)
            batch = batch ?? type.batch
            guard values.updateValue(.term(terms.count), forKey: input.name) == nil else {
                throw ONNXError(.duplicateValue(input.name))
            }
            let isLast = channelsLast.contains(input.name) && !type.isInteger
            var shape = type.shape
            if isLast, let channels = shape?.popLast() { shape?.insert(channels, at: 1) }
            terms.append(
                Term(
                    kind: .input(place), operands: [], shape: shape, node: input.name,
                    elementType: type.elementType))
            if isLast {
                values[input.name] = .term(terms.count)
                terms.append(
                    Term(
                        kind: .ordered(.axes([0] + (2..<(shape?.count ?? 2)) + [1])),
                        operands: [terms.count - 1], shape: type.shape, node: input.name,
                        elementType: type.elementType))
            }
            guard type.isInteger else { continue }
            floatInputs[place] = terms.count
            terms.append(
                Term(kind: .input(place), operands: [], shape: type.shape, node: input.name))
        }
        (self.inputs, self.batch) = (inputs.map(\.name), batch)
    }

    /// Walks through the nodes.
    mutating func graph() throws(ONNXError) -> TermGraph {
        for (index, stored) in nodes.enumerated() {
            let node = try Node(stored, at: index)
            var results: [Value] = []
            do throws(ONNXError) {
                results = try read(node)
            } catch {
                results = node.results.map { _ in refused(error, at: node) }
            }
            for (place, name) in node.results.enumerated() where !name.isEmpty {
                let value =
                    results.indices.contains(place)
                    ? results[place]
                    : refused(node.unsupported("gives results for training"), at: node)
                guard values.updateValue(value, forKey: name) == nil else {
                    throw ONNXError(.duplicateValue(name))
                }
            }
        }
        return TermGraph(
            terms: terms, inputs: inputs, outputs: try chosenOutputs(), classLabels: classLabels,
            isRegression: isRegression)
    }

    /// The outputs of numbers; labels beside them say nothing more.
    private func chosenOutputs() throws(ONNXError) -> [(name: String, term: Int)] {
        let numbers = outputs.filter {
            [0].contains($0.type.tensorType.elemType)
                || ElementType.floats.contains($0.type.tensorType.elemType)
        }
        var chosen: [(name: String, term: Int)] = []
        for output in numbers.isEmpty ? outputs : numbers {
            guard case .term(let term) = values[output.name] else {
                throw ONNXError(.output(output.name))
            }
            if case .ordered = terms[term].kind {
                throw ONNXError(
                    .unsupportedUse(
                        node: terms[term].node,
                        problem: "transposes samples, and no layer takes them so"))
            }
            guard !terms[term].mergesRows else {
                throw ONNXError(
                    .unsupportedUse(
                        node: terms[term].node,
                        problem: "gives out the rows of all samples as one matrix"))
            }
            chosen.append((output.name, term))
        }
        return chosen
    }

    // MARK: - Values

    /// What a node reads at a place.
    func value(_ place: Int, of node: Node) throws(ONNXError) -> Value {
        let name = node.inputs[place]
        guard let value = values[name] else {
            throw ONNXError(.unknownValue(node: node.name, value: name))
        }
        // What is wrong first says more than what follows from it.
        if case .term(let term) = value, case .refused(let error) = terms[term].kind { throw error }
        return value
    }

    /// The result that a node reads at a place.
    func term(_ place: Int, of node: Node) throws(ONNXError) -> Int {
        guard case .term(let term) = try value(place, of: node) else {
            throw node.unsupported(
                "computes with the constant \(node.inputs[place].excerpt), where a result of the "
                    + "samples is needed")
        }
        return term
    }

    /// The same, of numbers that layers compute with.
    func numbers(_ place: Int, of node: Node) throws(ONNXError) -> Int {
        let term = try term(place, of: node)
        guard ElementType.floats.contains(terms[term].elementType) else {
            throw node.unsupported("computes with elements of type \(terms[term].elementType)")
        }
        return term
    }

    /// The constant that a node reads at a place.
    func constant(_ place: Int, of node: Node) throws(ONNXError) -> ConstantTensor {
        switch try value(place, of: node) {
        case .constant(let constant): return constant
        case .sizes: throw node.unsupported("computes with sizes, where weights are needed")
        case .term: throw node.unsupported("computes with two results, where weights are needed")
        }
    }

    /// The integers that a node reads at a place; nil if there are none that are known.
    func sizes(_ place: Int, of node: Node) throws(ONNXError) -> Sizes? {
        guard node.inputs.indices.contains(place), !node.inputs[place].isEmpty else { return nil }
        switch try value(place, of: node) {
        case .sizes(let sizes): return sizes.columns == nil ? sizes : nil
        case .constant(let constant): return Sizes(constant)
        case .term: return nil
        }
    }

    /// The integers of an attribute, or as later versions have them, of an input.
    func integers(
        _ attribute: String, orInput place: Int, of node: Node
    ) throws(ONNXError) -> [Int]? {
        if let integers = node.integers(attribute) {
            return integers.map { Int(clamping: $0) }
        }
        guard node.inputs.indices.contains(place) else { return nil }
        guard let sizes = try sizes(place, of: node) else {
            throw node.unsupported("takes \(attribute) that depend on the samples")
        }
        return try sizes.elements.map { size throws(ONNXError) in
            guard let number = size.number else {
                throw node.unsupported("takes \(attribute) that depend on the samples")
            }
            return number
        }
    }

    /// The result that an input of whole numbers is as floats.
    func floatInput(_ place: Int) -> Int? { floatInputs[place] }

    /// A new result; its shape is that of its first operand unless another is given.
    mutating func add(
        _ kind: Term.Kind, _ operands: [Int], shape: [Size]?? = nil, node: Node
    ) -> Value {
        let first = operands.first.map { terms[$0] }
        terms.append(
            Term(
                kind: kind, operands: operands, shape: shape ?? first?.shape, node: node.name,
                mergesRows: first?.mergesRows ?? false))
        return .term(terms.count - 1)
    }

    /// Counts places of windows for each of which a layer has operations of its own; false if there are too many.
    mutating func use(places: Int) -> Bool {
        windowPlaces += min(places, Self.maximumWindowPlaces + 1)
        return windowPlaces <= Self.maximumWindowPlaces
    }

    /// Marks a result as one of a row for each of several axes, or no longer as one.
    mutating func markRows(_ value: Value, _ mergesRows: Bool) {
        if case .term(let term) = value { terms[term].mergesRows = mergesRows }
    }

    /// Stands for what cannot be read.
    mutating func refused(_ error: ONNXError, at node: Node) -> Value {
        add(.refused(error), [], shape: .some(nil), node: node)
    }
}

/// The type of one input of a graph.
private struct InputType {
    let elementType: Int32
    /// The sizes of the axes, the batch first; nil if the file does not say it.
    let shape: [Size]?
    /// The size of a batch, if the graph was made for one.
    let batch: Int?

    /// Whether what goes in is looked up.
    var isInteger: Bool { !ElementType.floats.contains(elementType) }

    init(_ input: ValueInfoProto) throws(ONNXError) {
        let type = input.type.tensorType
        elementType = type.elemType == 0 ? ElementType.float32 : type.elemType
        guard
            ElementType.floats.contains(elementType)
                || [ElementType.int32, ElementType.int64].contains(elementType)
        else { throw ONNXError(.inputType("elements of type \(elementType)")) }
        guard type.hasShape else {
            (shape, batch) = (nil, nil)
            return
        }
        let sizes = type.shape.dim
        guard (2...8).contains(sizes.count) else {
            throw ONNXError(.inputType("an array of \(sizes.count) axes"))
        }
        batch = sizes[0].dimValue > 0 ? Int(clamping: sizes[0].dimValue) : nil
        var count = 1
        for size in sizes.dropFirst() where size.dimValue > 0 {
            let (product, overflow) = count.multipliedReportingOverflow(by: Int(size.dimValue))
            guard !overflow, product <= Int32.max else {
                throw ONNXError(.inputType("samples of more than \(Int32.max) numbers"))
            }
            count = product
        }
        shape =
            [.batch]
            + sizes.dropFirst().map { $0.dimValue > 0 ? .known(Int($0.dimValue)) : .unknown }
    }
}
