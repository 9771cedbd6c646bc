import NNModel

// Numbers with numbers: with constants, with each other, and the sizes of both.
extension GraphReader {
    mutating func arithmetic(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        guard let name = node.operatorName else { throw node.unsupported("is unknown") }
        switch (try value(0, of: node), try value(1, of: node)) {
        case (.term, .term):
            return try joined(name, try numbers(0, of: node), try numbers(1, of: node), node)
        case (.term, .constant(let constant)):
            return try with(constant, name, try numbers(0, of: node), isFirst: false, node)
        case (.constant(let constant), .term):
            return try with(constant, name, try numbers(1, of: node), isFirst: true, node)
        default:
            guard let first = try sizes(0, of: node), let second = try sizes(1, of: node),
                let result = Sizes.combined(name, first, second)
            else { throw node.unsupported("computes with sizes or constants only") }
            return .sizes(result)
        }
    }

    /// An operation of a result with a constant.
    private mutating func with(
        _ constant: ConstantTensor, _ name: OperatorName, _ term: Int, isFirst: Bool, _ node: Node
    ) throws(ONNXError) -> Value {
        let shape = try constant.shape()
        guard shape.count <= terms[term].rank else {
            throw node.unsupported(
                "computes with a constant of the shape \(shape.prefix(8)), which has more axes than "
                    + "the result")
        }
        let (base, order) = straight(term)
        guard let constant = straight(constant, beside: base, order) else {
            throw node.unsupported(
                "computes with a constant of the shape \(shape.prefix(8)) where axes are exchanged")
        }
        return ordered(
            try with(constant, name, straight: base, isFirst: isFirst, node), order, node)
    }

    private mutating func with(
        _ constant: ConstantTensor, _ name: OperatorName, straight term: Int, isFirst: Bool,
        _ node: Node
    ) throws(ONNXError) -> Value {
        if !isBias(name, of: term), let number = constant.number,
            Self.isNeutral(number, name, isFirst: isFirst)
        {
            return .term(term)
        }
        if name == .multiply, let function = try gelu(halving: term, by: constant, node) {
            return function
        }
        if let function = hardswish(scaling: term, name, constant, node) { return function }
        let step: AffineMap.Step? =
            switch (name, isFirst) {
            case (.add, _): .add(constant, factor: 1)
            case (.multiply, _): .multiply(constant)
            case (.subtract, false): .subtract(constant)
            case (.subtract, true): .subtractFrom(constant)
            case (.divide, false): .divide(constant)
            case (.greater, false): .exceeds(constant)
            case (.power, false): .power(constant)
            default: nil
            }
        guard let step else { throw node.unsupported("computes with a constant as no layer does") }
        return add(.arithmetic(step), [term], node: node)
    }

    /// Whether a layer gets its bias, which training may change even if it is 0.
    private func isBias(_ name: OperatorName, of term: Int) -> Bool {
        guard name == .add else { return false }
        switch terms[term].kind {
        case .linear, .convolution: return true
        default: return false
        }
    }

    private static func isNeutral(_ number: Float, _ name: OperatorName, isFirst: Bool) -> Bool {
        switch name {
        case .add: number == 0
        case .multiply: number == 1
        case .subtract: number == 0 && !isFirst
        case .divide, .power: number == 1 && !isFirst
        default: false
        }
    }

    /// An operation of two results.
    private mutating func joined(
        _ name: OperatorName, _ first: Int, _ second: Int, _ node: Node
    ) throws(ONNXError) -> Value {
        let ((base, order), (other, otherOrder)) = (straight(first), straight(second))
        guard order == otherOrder else { return try joined(name, straight: first, second, node) }
        return ordered(try joined(name, straight: base, other, node), order, node)
    }

    private mutating func joined(
        _ name: OperatorName, straight first: Int, _ second: Int, _ node: Node
    ) throws(ONNXError) -> Value {
        switch name {
        case .add:
            if let normalized = normalization(sum: first, second, node)
                ?? normalization(sum: second, first, node)
            {
                return normalized
            }
            return try merged(.sum, [first, second], node)
        case .multiply:
            if let function = try gelu(first, second, node) ?? gated(first, second, node) {
                return function
            }
            return try merged(.product, [first, second], node)
        case .divide:
            if let normalized = normalization(first, second, node)
                ?? rootMeanSquare(first, over: second, node)
            {
                return normalized
            }
            return add(.formula(name), [first, second], node: node)
        default: return add(.formula(name), [first, second], node: node)
        }
    }

    private mutating func merged(
        _ merge: Merge, _ operands: [Int], _ node: Node
    ) throws(ONNXError) -> Value {
        let shapes = operands.compactMap { terms[$0].shape }
        guard let first = shapes.first, shapes.count == operands.count else {
            return add(.merge(merge), operands, node: node)
        }
        let rows = terms[operands[0]].mergesRows
        guard operands.allSatisfy({ terms[$0].mergesRows == rows }),
            shapes.allSatisfy({ Self.agree($0, first) })
        else {
            // Of use in formulas only.
            let shape = shapes.max { $0.count { $0 != .known(1) } < $1.count { $0 != .known(1) } }
            return add(
                .formula(merge == .sum ? .add : .multiply), operands, shape: .some(shape),
                node: node)
        }
        return add(.merge(merge), operands, node: node)
    }

    private static func agree(_ first: [Size], _ second: [Size]) -> Bool {
        first.count == second.count
            && zip(first, second).allSatisfy { $0 == $1 || $0 == .unknown || $1 == .unknown }
    }

    mutating func sum(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        var operands: [Int] = []
        for place in node.inputs.indices { operands.append(try numbers(place, of: node)) }
        guard operands.count > 1 else { return .term(operands[0]) }
        let (bases, order) = straight(all: operands)
        return ordered(try merged(.sum, bases, node), order, node)
    }

    mutating func concat(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes(["axis"])
        guard case .term = try value(0, of: node) else {
            var elements: [Size] = []
            for place in node.inputs.indices {
                guard let sizes = try sizes(place, of: node), !sizes.isScalar,
                    elements.count + sizes.elements.count <= Sizes.maximumCount
                else { throw node.unsupported("joins constants, or constants with results") }
                elements += sizes.elements
            }
            return .sizes(Sizes(elements))
        }
        var operands: [Int] = []
        for place in node.inputs.indices { operands.append(try numbers(place, of: node)) }
        let rank = terms[operands[0]].rank
        let given = Int(clamping: node.integer("axis", default: 0))
        var axis = given < 0 ? given + rank : given
        let order: Order?
        (operands, order) = straight(all: operands)
        if case .axes(let axes) = order, axes.indices.contains(axis) { axis = axes[axis] }
        guard (1..<rank).contains(axis),
            operands.allSatisfy({ terms[$0].rank == rank && !terms[$0].mergesRows })
        else { throw node.unsupported("joins results along axis \(given)") }
        if operands.count == 2, axis == rank - 1, isComplement(operands[0], of: operands[1]) {
            return add(.decision, [operands[1]], shape: .some(nil), node: node)
        }
        var shape = terms[operands[0]].shape
        shape?[axis] = .known(0)
        for operand in operands {
            guard case .known(let sum) = shape?[axis] ?? .unknown,
                let size = terms[operand].shape?[axis].number, sum + size <= Int32.max
            else {
                shape?[axis] = .unknown
                break
            }
            shape?[axis] = .known(sum + size)
        }
        return ordered(
            add(.merge(.concatenation(axis: axis)), operands, shape: .some(shape), node: node),
            order, node)
    }

    /// Whether a result is 1 minus another.
    private func isComplement(_ first: Int, of second: Int) -> Bool {
        guard case .arithmetic(.subtractFrom(let constant)) = terms[first].kind else {
            return false
        }
        return constant.number == 1 && terms[first].operands == [second]
    }
}
