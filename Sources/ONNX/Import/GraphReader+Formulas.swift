import NNModel

// Formulas of several nodes that stand for one layer.
extension GraphReader {
    /// GELU, `x · (1 + erf(x / √2)) · ½`, whose last product is that of x or of both with ½.
    mutating func gelu(
        halving term: Int, by constant: ConstantTensor, _ node: Node
    ) throws(ONNXError) -> Value? {
        guard constant.number == 0.5, case .merge(.product) = terms[term].kind,
            terms[term].operands.count == 2
        else { return nil }
        let (first, second) = (terms[term].operands[0], terms[term].operands[1])
        for (x, other) in [(first, second), (second, first)] where try isGate(other, of: x, node) {
            return add(.function(.gelu), [x], node: node)
        }
        return nil
    }

    /// GELU, whose last product is that of two results of which one was halved before.
    mutating func gelu(_ first: Int, _ second: Int, _ node: Node) throws(ONNXError) -> Value? {
        for (halved, other) in [(first, second), (second, first)] {
            guard let half = half(of: halved) else { continue }
            for (x, gate) in [(half, other), (other, half)] where try isGate(gate, of: x, node) {
                return add(.function(.gelu), [x], node: node)
            }
        }
        return nil
    }

    /// What a result is a half of.
    private func half(of term: Int) -> Int? {
        switch terms[term].kind {
        case .arithmetic(.multiply(let constant)) where constant.number == 0.5,
            .arithmetic(.divide(let constant)) where constant.number == 2:
            terms[term].operands[0]
        default: nil
        }
    }

    /// Whether a result is `1 + erf(x / √2)`.
    private func isGate(_ gate: Int, of x: Int, _ node: Node) throws(ONNXError) -> Bool {
        guard case .arithmetic(.add(let one, _)) = terms[gate].kind, one.number == 1 else {
            return false
        }
        let inner = terms[terms[gate].operands[0]]
        if case .function(.tanh) = inner.kind {
            throw node.unsupported("approximates GELU by tanh, and the layer here is exact")
        }
        guard case .formula(.erf) = inner.kind else { return false }
        let scaled = terms[inner.operands[0]]
        guard scaled.operands == [x] else { return false }
        func isClose(_ number: Float?, _ value: Double) -> Bool {
            number.map { abs(Double($0) / value - 1) < 1e-3 } ?? false
        }
        // Half precision has three digits.
        return switch scaled.kind {
        case .arithmetic(.divide(let constant)): isClose(constant.number, 2.0.squareRoot())
        case .arithmetic(.multiply(let constant)): isClose(constant.number, 0.5.squareRoot())
        default: false
        }
    }

    /// Softplus as a choice between x, where x is so large that both agree, and itself.
    mutating func whereTrue(_ node: Node) throws(ONNXError) -> Value {
        try node.checkAttributes([])
        let (condition, x, other) = (
            try term(0, of: node), try term(1, of: node), try term(2, of: node)
        )
        guard case .arithmetic(.exceeds(let threshold)) = terms[condition].kind,
            threshold.number ?? 0 >= 15, terms[condition].operands == [x],
            case .function(.softplus) = terms[other].kind, terms[other].operands == [x]
        else { throw node.unsupported("chooses between two results") }
        return .term(other)
    }

    /// `(x − mean) / √(variance + ε)` along the last axis.
    mutating func normalization(_ first: Int, _ second: Int, _ node: Node) -> Value? {
        guard case .formula(.subtract) = terms[first].kind, terms[first].operands.count == 2,
            isMean(terms[first].operands[1], of: terms[first].operands[0]),
            let epsilon = epsilon(ofDeviation: second, of: terms[first].operands[0])
        else { return nil }
        return add(
            .layerNorm(weight: nil, bias: nil, epsilon: epsilon), [terms[first].operands[0]],
            node: node)
    }

    /// The same as TensorFlow has it: `x · m + (−mean · m + bias)` with `m = weight / √(variance + ε)`.
    mutating func normalization(sum first: Int, _ second: Int, _ node: Node) -> Value? {
        guard case .formula(.multiply) = terms[first].kind else { return nil }
        var shift = second
        var bias: ConstantTensor?
        if case .arithmetic(.add(let constant, _)) = terms[second].kind {
            (shift, bias) = (terms[second].operands[0], constant)
        }
        switch terms[shift].kind {
        case .formula(.multiply), .merge(.product): break
        default: return nil
        }
        for (x, factor) in pairs(of: first) {
            for (negative, other) in pairs(of: shift) where other == factor {
                guard case .formula(.negative) = terms[negative].kind,
                    isMean(terms[negative].operands[0], of: x)
                else { continue }
                var (inverse, weight) = (factor, ConstantTensor?.none)
                if case .arithmetic(.multiply(let constant)) = terms[factor].kind {
                    (inverse, weight) = (terms[factor].operands[0], constant)
                }
                guard case .formula(.reciprocal) = terms[inverse].kind,
                    let epsilon = epsilon(ofDeviation: terms[inverse].operands[0], of: x)
                else { continue }
                return add(
                    .layerNorm(weight: weight, bias: bias, epsilon: epsilon), [x], node: node)
            }
        }
        return nil
    }

    /// Both operands in either order.
    func pairs(of term: Int) -> [(Int, Int)] {
        let operands = terms[term].operands
        return operands.count == 2 ? [(operands[0], operands[1]), (operands[1], operands[0])] : []
    }

    /// ε, if a result is `√(variance + ε)` of another along its last axis.
    private func epsilon(ofDeviation deviation: Int, of x: Int) -> Float? {
        guard case .formula(.squareRoot) = terms[deviation].kind else { return nil }
        let shifted = terms[terms[deviation].operands[0]]
        guard case .arithmetic(.add(let constant, _)) = shifted.kind, let epsilon = constant.number
        else { return nil }
        let variance = terms[shifted.operands[0]]
        guard isRowMean(variance) else { return nil }
        let square = terms[variance.operands[0]]
        let difference: Int
        switch square.kind {
        case .arithmetic(.power(let exponent)) where exponent.number == 2:
            difference = square.operands[0]
        case .merge(.product) where square.operands[0] == square.operands[1]:
            difference = square.operands[0]
        default: return nil
        }
        guard case .formula(.subtract) = terms[difference].kind,
            terms[difference].operands.count == 2, terms[difference].operands[0] == x,
            isMean(terms[difference].operands[1], of: x)
        else { return nil }
        return epsilon
    }

    private func isMean(_ mean: Int, of x: Int) -> Bool {
        isRowMean(terms[mean]) && terms[mean].operands == [x]
    }

    /// Whether a result is a mean along the last axis.
    func isRowMean(_ term: Term) -> Bool {
        if case .mean(let axes) = term.kind { axes == [term.rank - 1] } else { false }
    }
}
