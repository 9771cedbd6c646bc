import NNFiles
import NNModel

// Samples in other shapes, and the integers that say in which.
extension GraphReader {
    mutating func reshaped(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axis", "axes", "allowzero"])
        switch try value(0, of: node) {
        case .constant(let constant):
            return .constant(try constant.reshaped(to: try shape(of: constant, after: node)))
        case .sizes(let sizes):
            // A single one with an axis or without, and rows that stay rows.
            if node.operatorName == .reshape {
                guard let target = try self.sizes(1, of: node)?.elements,
                    let result = sizes.reshaped(to: target)
                else { throw node.unsupported("reshapes sizes") }
                return .sizes(result)
            }
            guard sizes.elements.count == 1 else { throw node.unsupported("reshapes sizes") }
            return .sizes(Sizes(sizes.elements, isScalar: node.operatorName == .squeeze))
        case .term(let term):
            return try reshaped(term, node)
        }
    }

    /// The shape of a constant behind a node that gives it another.
    private func shape(
        of constant: ConstantTensor, after node: Node
    ) throws(ONNXError) -> [Int] {
        var shape = try constant.shape()
        switch node.operatorName {
        case .reshape:
            guard let target = try sizes(1, of: node)?.elements.map(\.number),
                target.allSatisfy({ $0 != nil })
            else { throw node.unsupported("reshapes a constant by the samples") }
            let keepsZero = node.integer("allowzero", default: 0) != 0
            return target.enumerated().map { place, size in
                let size = size ?? 0
                return size == 0 && !keepsZero && place < shape.count ? shape[place] : size
            }
        case .squeeze:
            let axes = try integers("axes", orInput: 1, of: node)
            let places = axes?.map { $0 < 0 ? $0 + shape.count : $0 }
            return shape.enumerated().filter { place, size in
                !(size == 1 && places?.contains(place) ?? true)
            }.map(\.element)
        case .unsqueeze:
            for axis in (try integers("axes", orInput: 1, of: node) ?? []).sorted() {
                let place = axis < 0 ? axis + shape.count + 1 : axis
                guard (0...shape.count).contains(place), shape.count < 8 else {
                    throw node.unsupported("gives a constant an axis \(axis)")
                }
                shape.insert(1, at: place)
            }
            return shape
        default: throw node.unsupported("flattens a constant")
        }
    }

    private mutating func reshaped(_ term: Int, _ node: Node) throws(ONNXError) -> Value {
        let old = terms[term]
        if old.mergesRows { return try split(term, node) }
        switch node.operatorName {
        case .flatten:
            let axis = node.integer("axis", default: 1)
            guard axis == 1 || axis == 1 - Int64(old.rank) else {
                throw node.unsupported("flattens something else than whole samples")
            }
            return flattened(term, node)
        case .squeeze:
            let axes = try integers("axes", orInput: 1, of: node)
            let places = axes?.map { $0 < 0 ? $0 + old.rank : $0 }
            guard let shape = old.shape,
                places?.allSatisfy({ shape.indices.contains($0) && shape[$0] == .known(1) }) ?? true
            else { throw node.unsupported("leaves out axes that may have several places") }
            return reshape(
                term,
                to: shape.enumerated().filter { place, size in
                    !(size == .known(1) && places?.contains(place) ?? true)
                }.map(\.element), node)
        case .unsqueeze:
            guard var shape = old.shape, let axes = try integers("axes", orInput: 1, of: node)
            else {
                throw node.unsupported("adds axes to results of no known shape")
            }
            for axis in axes.sorted() {
                let place = axis < 0 ? axis + shape.count + 1 : axis
                guard (1...shape.count).contains(place), shape.count < 8 else {
                    throw node.unsupported("adds an axis in front of the samples")
                }
                shape.insert(.known(1), at: place)
            }
            return reshape(term, to: shape, node)
        default:
            guard let target = try sizes(1, of: node) else {
                throw node.unsupported("reshapes to what depends on the samples")
            }
            let keepsZero = node.integer("allowzero", default: 0) != 0
            let elements = target.elements.enumerated().map { place, size in
                size == .known(0) && !keepsZero && place < old.rank
                    ? old.shape?[place] ?? (place == 0 ? .batch : .unknown) : size
            }
            return try reshape(term, target: elements, node)
        }
    }

    /// Samples brought into a shape whose first size is the batch's, whatever it is called.
    private mutating func reshape(
        _ term: Int, target: [Size], _ node: Node
    ) throws(ONNXError) -> Value {
        let old = terms[term]
        let whole = old.sample?.checkedProduct
        let rest = target.dropFirst()
        let known = rest.filter { $0 != .known(-1) }.map(\.number)
        let product =
            known.allSatisfy { $0 ?? 0 > 0 } ? known.compactMap(\.self).checkedProduct : nil
        let open = rest.count { $0 == .known(-1) }
        guard let first = target.first, let product, open <= 1, target.count <= 9 else {
            throw node.unsupported("reshapes something else than whole samples to rows")
        }
        let isBatch = first == .batch || first.number == batch && batch != nil
        if isBatch || first == .known(-1) && open == 0 {
            // One size may be left to be computed, and without a known sample it stays unknown.
            let fits = whole.map { open == 1 ? $0 % product == 0 : $0 == product } ?? true
            if fits {
                if target.count == 2 { return flattened(term, node) }
                let last: Size = whole.map { .known($0 / product) } ?? .unknown
                return reshape(
                    term, to: [.batch] + rest.map { $0 == .known(-1) ? last : $0 }, node)
            }
        }
        // A matrix with a row for each of the leading axes.
        let leading = old.shape?.dropFirst().dropLast().map(\.number)
        let rows = leading?.compactMap(\.self).checkedProduct.flatMap { rows in
            batch.flatMap { [rows, $0].checkedProduct }
        }
        guard target.count == 2, old.rank > 2, target[1].number == old.features,
            old.features != nil, first == .known(-1) || rows != nil && first.number == rows
        else { throw node.unsupported("reshapes something else than whole samples to rows") }
        let matrix = add(.reshaped, [term], node: node)
        markRows(matrix, true)
        return matrix
    }

    /// The rows of a matrix as rows of samples again.
    private mutating func split(_ term: Int, _ node: Node) throws(ONNXError) -> Value {
        guard node.operatorName == .reshape, let target = try sizes(1, of: node)?.elements,
            let shape = terms[term].shape, target.count == shape.count,
            zip(target, shape).allSatisfy({ given, known in
                given == known || given == .known(-1)
                    || known == .batch && given.number == batch && batch != nil
            })
        else { throw node.unsupported("reshapes rows to something else than the samples") }
        let samples = add(.reshaped, [term], node: node)
        markRows(samples, false)
        return samples
    }

    mutating func reshape(_ term: Int, to shape: [Size], _ node: Node) -> Value {
        if terms[term].shape == shape { return .term(term) }
        if let (part, operand) = groupNorm(reshaping: term, to: shape) {
            return add(.part(part), [operand], shape: .some(shape), node: node)
        }
        var base = term
        // Where only axes of one place moved, the numbers are in their order.
        if case .ordered(.axes(let axes)) = terms[base].kind,
            let sizes = terms[terms[base].operands[0]].shape, axes.keepsOrder(of: sizes)
        {
            base = terms[base].operands[0]
        }
        // What was reshaped before does not matter.
        if case .reshaped = terms[base].kind { base = terms[base].operands[0] }
        if terms[base].shape == shape, !terms[base].mergesRows { return .term(base) }
        return add(.reshaped, [base], shape: .some(shape), node: node)
    }

    /// Exchanged axes.
    mutating func transposed(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["perm"])
        let order = node.integers("perm")?.map { Int(clamping: $0) }
        switch try value(0, of: node) {
        case .constant(let constant):
            return .constant(try constant.transposed(order))
        case .term(let term):
            guard let order else { throw node.unsupported("transposes samples with the batch") }
            return try exchanged(term, order, node)
        case .sizes(let sizes):
            guard let result = sizes.transposed() else {
                throw node.unsupported("transposes sizes")
            }
            return .sizes(result)
        }
    }

    // MARK: - Sizes

    mutating func gathered(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axis"])
        guard node.integer("axis", default: 0) == 0 else {
            throw node.unsupported("looks up something else than rows")
        }
        if case .term(let index) = try value(1, of: node) {
            let table = try constant(0, of: node)
            guard try table.shape().count == 2,
                !ElementType.floats.contains(terms[index].elementType)
            else { throw node.unsupported("looks up something else than rows of a table") }
            let width = try table.shape()[1]
            return add(
                .embedding(table), [index],
                shape: .some(terms[index].shape.map { $0 + [.known(width)] }), node: node)
        }
        guard let row = try sizes(0, of: node), !row.isScalar, let index = try sizes(1, of: node),
            let result = row.gathered(index)
        else { throw node.unsupported("looks up something else than rows of a table") }
        return .sizes(result)
    }

    mutating func shape(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["start", "end"])
        let elements: [Size]
        switch try value(0, of: node) {
        case .constant(let constant): elements = try constant.shape().map { .known($0) }
        case .sizes(let sizes): elements = sizes.isScalar ? [] : [.known(sizes.elements.count)]
        case .term(let term):
            guard let shape = terms[term].shape, !terms[term].mergesRows else {
                throw node.unsupported("asks for a shape that is not known")
            }
            elements = shape
        }
        return .sizes(
            Sizes(elements).sliced(
                from: Int(clamping: node.integer("start", default: 0)),
                to: Int(clamping: node.integer("end", default: .max))))
    }

    mutating func sliced(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["starts", "ends", "axes"])
        let steps = try integers("steps", orInput: 4, of: node)
        if case .sizes(let sizes) = try value(0, of: node), steps == [-1],
            try integers("starts", orInput: 1, of: node) == [-1],
            try integers("ends", orInput: 2, of: node)?.first ?? 0 < -Sizes.maximumCount,
            try [nil, [0]].contains(integers("axes", orInput: 3, of: node))
        {
            return .sizes(sizes.reversed())
        }
        guard let row = try sizes(0, of: node), !row.isScalar,
            let starts = try integers("starts", orInput: 1, of: node), starts.count == 1,
            let ends = try integers("ends", orInput: 2, of: node), ends.count == 1,
            try [nil, [0]].contains(integers("axes", orInput: 3, of: node)),
            [nil, [1]].contains(steps)
        else { throw node.unsupported("takes a part of something else than sizes") }
        return .sizes(row.sliced(from: starts[0], to: ends[0]))
    }

    /// The most weights that a file may have filled in, as a few bytes ask for any number of them.
    private static let mostFilled = 1 << 16

    /// As many equal weights as a size says, or sizes that are all zero.
    mutating func filled(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["value"])
        let value = node.tensor("value").map { ConstantTensor($0, named: node.name) }
        guard let counts = try sizes(0, of: node)?.elements, counts.count == 1,
            let count = counts[0].number, count >= 0
        else { throw node.unsupported("fills something else than a row of known length") }
        if node.tensor("value")?.dataType == ElementType.float32, let number = value?.number {
            guard count <= Self.mostFilled - filledCount else {
                throw node.unsupported("fills in more than \(Self.mostFilled) weights")
            }
            filledCount += count
            return .constant(
                ConstantTensor(
                    floats: Array(repeating: number, count: count), shape: [count],
                    named: node.name))
        }
        guard count <= Sizes.maximumCount, value?.number ?? 0 == 0 else {
            throw node.unsupported("fills something else than sizes with zeros")
        }
        return .sizes(Sizes(Array(repeating: .known(0), count: count)))
    }

    mutating func sizesProduct(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axes", "keepdims", "noop_with_empty_axes"])
        guard let row = try sizes(0, of: node),
            try [nil, [0], [-1]].contains(integers("axes", orInput: 1, of: node))
        else { throw node.unsupported("multiplies the numbers of a result") }
        return .sizes(
            Sizes([row.product], isScalar: node.integer("keepdims", default: 1) == 0))
    }
}
