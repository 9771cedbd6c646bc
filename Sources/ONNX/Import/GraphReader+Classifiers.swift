import NNModel

// The operators of `ai.onnx.ml`, by which skl2onnx writes scikit-learn's models.
extension GraphReader {
    /// `(x − offset) · scale`.
    mutating func scaler(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["offset", "scale"])
        var term = try numbers(0, of: node)
        for (name, isOffset) in [("offset", true), ("scale", false)] {
            let values = node.floats(name)
            guard !values.isEmpty else { continue }
            let constant = ConstantTensor(
                floats: values, shape: [values.count], named: "\(node.name).\(name)")
            let step: AffineMap.Step = isOffset ? .subtract(constant) : .multiply(constant)
            term = last(add(.arithmetic(step), [term], node: node))
        }
        return .term(term)
    }

    mutating func linearRegressor(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["coefficients", "intercepts", "targets", "post_transform"])
        guard node.text("post_transform", default: "NONE") == "NONE" else {
            throw node.unsupported("transforms what it predicts")
        }
        let count = Int(clamping: node.integer("targets", default: 1))
        isRegression = true
        return try affine(node, rows: count, of: 0..<max(0, count))
    }

    /// Labels, and the probabilities of the classes.
    mutating func linearClassifier(_ node: Node) throws(ONNXError) -> [Value] {
        try node.checkAttributes([
            "coefficients", "intercepts", "classlabels_ints", "classlabels_strings",
            "multi_class", "post_transform",
        ])
        noteLabels(node.texts("classlabels_strings"), node.integers("classlabels_ints") ?? [])
        let count = max(
            node.texts("classlabels_strings").count, node.integers("classlabels_ints")?.count ?? 0)
        let labels = refused(node.unsupported("gives labels"), at: node)
        let intercepts = node.floats("intercepts")
        let rows = intercepts.isEmpty ? count : intercepts.count
        switch node.text("post_transform", default: "NONE") {
        case "NONE": return [labels, try affine(node, rows: rows, of: 0..<rows)]
        case "SOFTMAX" where count > 1 && rows == count:
            let logits = last(try affine(node, rows: rows, of: 0..<rows))
            return [labels, add(.function(.softmax), [logits], node: node)]
        case "LOGISTIC" where count == 2 && isOneDecision(node, rows: rows):
            let logit = last(try affine(node, rows: rows, of: rows - 1..<rows))
            let probability = last(add(.function(.sigmoid), [logit], node: node))
            return [labels, add(.decision, [probability], shape: .some(nil), node: node)]
        case let transform:
            throw node.unsupported(
                "makes probabilities of \(count) classes by \(transform.excerpt), one by one")
        }
    }

    /// Whether both rows of weights are one with either sign.
    private func isOneDecision(_ node: Node, rows: Int) -> Bool {
        let (weights, intercepts) = (node.floats("coefficients"), node.floats("intercepts"))
        guard rows == 2 else { return rows == 1 }
        let half = weights.count / 2
        return weights.count == 2 * half
            && zip(weights[..<half], weights[half...]).allSatisfy { $0 == -$1 }
            && (intercepts.isEmpty || intercepts[0] == -intercepts[1])
    }

    /// An affine map by some of the rows of weights of a node.
    private mutating func affine(
        _ node: Node, rows: Int, of taken: Range<Int>
    ) throws(ONNXError) -> Value {
        let (weights, intercepts) = (node.floats("coefficients"), node.floats("intercepts"))
        guard rows > 0, weights.count % rows == 0, !weights.isEmpty,
            intercepts.isEmpty || intercepts.count == rows
        else {
            throw node.unsupported("has \(weights.count) weights for \(rows) results")
        }
        let features = weights.count / rows
        let part = Array(weights[taken.lowerBound * features..<taken.upperBound * features])
        let term = try numbers(0, of: node)
        guard terms[term].rank == 2 else {
            throw node.unsupported("takes samples of \(terms[term].rank - 1) axes")
        }
        var map = try affineMap(
            of: term,
            ConstantTensor(
                floats: part, shape: [taken.count, features], named: "\(node.name).coefficients"),
            isTransposed: true, node)
        if !intercepts.isEmpty {
            map.steps.append(
                .add(
                    ConstantTensor(
                        floats: Array(intercepts[taken]), shape: [taken.count],
                        named: "\(node.name).intercepts"), factor: 1))
        }
        return add(linear: map, of: term, node)
    }

    /// What sums to 1 is divided by its sum.
    mutating func normalizer(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["norm"])
        let term = try numbers(0, of: node)
        guard node.text("norm", default: "MAX") == "L1",
            case .function(.softmax) = terms[term].kind
        else {
            throw node.unsupported(
                "divides each sample by its \(node.text("norm", default: "MAX").excerpt) norm")
        }
        return .term(term)
    }

    /// Probabilities, each with its label.
    mutating func zipMap(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["classlabels_strings", "classlabels_int64s"])
        noteLabels(node.texts("classlabels_strings"), node.integers("classlabels_int64s") ?? [])
        return .term(try numbers(0, of: node))
    }

    /// The labels at the places of the largest probabilities.
    mutating func chosenLabels(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        if !hasLabels, case .constant(let labels) = try value(0, of: node) {
            noteLabels(labels.texts ?? [], labels.texts == nil ? try labels.integers() : [])
        }
        _ = try value(1, of: node)
        throw node.unsupported("gives labels")
    }

    /// Remembers what the classes are called, unless by their numbers.
    private mutating func noteLabels(_ texts: [String], _ integers: [Int64]) {
        guard !hasLabels else { return }
        hasLabels = true
        if !texts.isEmpty {
            classLabels = texts
        } else if integers != integers.indices.map(Int64.init) {
            classLabels = integers.map(String.init)
        }
    }

    private func last(_ value: Value) -> Int {
        if case .term(let term) = value { term } else { terms.count - 1 }
    }
}
