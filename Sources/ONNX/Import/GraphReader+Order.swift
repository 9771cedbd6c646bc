import NNModel

// Results whose axes the graph has in another order than the layers, as where channels are last: what is done to each
// number by itself is done before the axes are exchanged, so that one exchange meets the next and both are gone.
extension GraphReader {
    /// A result as the layers have it, and the order in which the graph has it; nil for the same.
    func straight(_ term: Int) -> (term: Int, order: Order?) {
        guard case .ordered(let order) = terms[term].kind else { return (term, nil) }
        return (terms[term].operands[0], order)
    }

    /// A result in the order in which the graph has it.
    mutating func ordered(_ value: Value, _ order: Order?, _ node: Node) -> Value {
        guard case .term(let term) = value, let order else { return value }
        var shape = terms[term].shape
        if case .axes(let axes) = order {
            guard let sizes = shape else { return value }
            shape = axes.map { sizes[$0] }
        }
        return add(.ordered(order), [term], shape: .some(shape), node: node)
    }

    /// Several results as the layers have them where the graph has all in one order, else as they are.
    func straight(all terms: [Int]) -> (terms: [Int], order: Order?) {
        let all = terms.map { straight($0) }
        guard let order = all[0].order, case .axes = order, all.allSatisfy({ $0.order == order })
        else { return (terms, nil) }
        return (all.map(\.term), order)
    }

    /// What is done to each number of a result by itself.
    mutating func elementwise(_ kind: Term.Kind, _ term: Int, _ node: Node) -> Value {
        let (base, order) = straight(term)
        return ordered(add(kind, [base], node: node), order, node)
    }

    /// A constant beside a result that the graph has in some order, as it lies beside the layers' result; nil if it
    /// cannot.
    func straight(_ constant: ConstantTensor, beside term: Int, _ order: Order?) -> ConstantTensor?
    {
        guard let shape = try? constant.shape() else { return nil }
        if order == nil || shape.checkedProduct == 1 { return constant }
        guard case .axes(let axes) = order, shape.count <= axes.count,
            shape.count(where: { $0 != 1 }) <= 1
        else { return nil }
        let whole = Array(repeating: 1, count: axes.count - shape.count) + shape
        var result = whole
        for (place, axis) in axes.enumerated() { result[axis] = whole[place] }
        return try? constant.reshaped(to: result)
    }

    /// Samples with their axes exchanged.
    mutating func exchanged(_ term: Int, _ order: [Int], _ node: Node) throws(ONNXError) -> Value {
        let (base, known) = straight(term)
        guard let shape = terms[base].shape, order.first == 0, !terms[base].mergesRows,
            order.sorted() == Array(shape.indices)
        else { throw node.unsupported("transposes other axes than those of samples") }
        var whole = order
        if case .axes(let axes) = known { whole = order.map { axes[$0] } }
        if case .columns = known { throw node.unsupported("transposes flattened samples") }
        if whole == whole.sorted() { return .term(base) }
        // Only axes of one place move.
        if whole.keepsOrder(of: shape) {
            return reshape(base, to: whole.map { shape[$0] }, node)
        }
        return ordered(.term(base), .axes(whole), node)
    }

    /// Whole samples as rows, in whatever order.
    mutating func flattened(_ term: Int, _ node: Node) -> Value {
        let (base, order) = straight(term)
        let features = terms[base].sample?.checkedProduct.map { Size.known($0) } ?? .unknown
        let flat = reshape(base, to: [.batch, features], node)
        guard case .axes(let axes) = order, let shape = terms[base].shape,
            !axes.keepsOrder(of: shape)
        else { return flat }
        guard let sizes = terms[base].sample else {
            return refused(
                node.unsupported("flattens transposed samples of no known size"), at: node)
        }
        return ordered(
            flat,
            .columns(ColumnOrder(sizes: sizes, order: axes.dropFirst().map { $0 - 1 })), node)
    }
}

// MARK: - Inputs whose channels are last

extension GraphReader {
    /// The names of inputs of which all that is done to their numbers by themselves ends in channels moved to the front:
    /// the model here takes them so.
    static func inputsWithChannelsLast(_ nodes: [NodeProto], _ inputs: [ValueInfoProto]) -> Set<
        String
    > {
        var origin: [String: String] = [:]
        for input in inputs where [3, 4].contains(input.type.tensorType.shape.dim.count) {
            origin[input.name] = input.name
        }
        let kept: Set<OperatorName> = [
            .cast, .castLike, .identity, .add, .subtract, .multiply, .divide, .dropout,
        ]
        var found: Set<String> = []
        for node in nodes where ["", "ai.onnx"].contains(node.domain) {
            guard let input = node.input.lazy.compactMap({ origin[$0] }).first,
                let name = OperatorName(rawValue: node.opType)
            else { continue }
            if kept.contains(name), let output = node.output.first { origin[output] = input }
            if name == .transpose,
                [[0, 3, 1, 2], [0, 2, 1]].contains(node.attribute.first { $0.name == "perm" }?.ints)
            {
                found.insert(input)
            }
        }
        return found
    }
}
