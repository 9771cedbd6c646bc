import NNModel

// Formulas that multiply a result with a gate of itself, or divide it by its own size.
extension GraphReader {
    /// SiLU, Mish or Hardswish as a product of x and its gate.
    mutating func gated(_ first: Int, _ second: Int, _ node: Node) -> Value? {
        for (x, gate) in [(first, second), (second, first)] {
            if let function = function(gate: gate, of: x) {
                return add(.function(function), [x], node: node)
            }
            if case .formula(.reciprocal) = terms[gate].kind,
                let part = rootMeanSquare(of: x, deviation: terms[gate].operands[0])
            {
                return add(.part(part), [x], node: node)
            }
        }
        return nil
    }

    private func function(gate: Int, of x: Int) -> LayerFunction? {
        let inner = terms[gate].operands.first.map { terms[$0] }
        switch terms[gate].kind {
        case .function(.sigmoid) where terms[gate].operands == [x]: return .silu
        case .formula(.hardSigmoid) where terms[gate].operands == [x]: return .hardswish
        case .function(.tanh):
            guard case .function(.softplus) = inner?.kind, inner?.operands == [x] else {
                return nil
            }
            return .mish
        case .arithmetic(let step):
            guard let operand = terms[gate].operands.first, isSixth(step),
                isHardGate(operand, of: x)
            else { return nil }
            return .hardswish
        default: return nil
        }
    }

    /// Hardswish, whose product of x and its gate is divided by 6.
    mutating func hardswish(
        scaling term: Int, _ name: OperatorName, _ constant: ConstantTensor, _ node: Node
    ) -> Value? {
        guard case .merge(.product) = terms[term].kind, [.multiply, .divide].contains(name),
            isSixth(name == .multiply ? .multiply(constant) : .divide(constant))
        else { return nil }
        for (x, gate) in pairs(of: term) where isHardGate(gate, of: x) {
            return add(.function(.hardswish), [x], node: node)
        }
        return nil
    }

    private func isSixth(_ step: AffineMap.Step) -> Bool {
        switch step {
        case .multiply(let constant): constant.number.map { abs($0 * 6 - 1) < 1e-3 } ?? false
        case .divide(let constant): constant.number == 6
        default: false
        }
    }

    /// Whether a result is `min(max(x + 3, 0), 6)`.
    private func isHardGate(_ gate: Int, of x: Int) -> Bool {
        guard case .function(.relu6) = terms[gate].kind else { return false }
        let shifted = terms[terms[gate].operands[0]]
        guard case .arithmetic(.add(let three, 1)) = shifted.kind else { return false }
        return three.number == 3 && shifted.operands == [x]
    }

    /// `x / √(mean of x² + ε)` along the last axis.
    mutating func rootMeanSquare(_ x: Int, over deviation: Int, _ node: Node) -> Value? {
        rootMeanSquare(of: x, deviation: deviation).map { add(.part($0), [x], node: node) }
    }

    private func rootMeanSquare(of x: Int, deviation: Int) -> LayerPart? {
        guard case .formula(.squareRoot) = terms[deviation].kind,
            let features = terms[x].features
        else { return nil }
        let shifted = terms[terms[deviation].operands[0]]
        guard case .arithmetic(.add(let constant, _)) = shifted.kind, let epsilon = constant.number,
            isRowMean(terms[shifted.operands[0]])
        else { return nil }
        let square = terms[terms[shifted.operands[0]].operands[0]]
        switch square.kind {
        case .arithmetic(.power(let exponent)) where exponent.number == 2: break
        case .merge(.product) where square.operands[0] == square.operands[1]: break
        default: return nil
        }
        return square.operands[0] == x ? .rootMeanSquare(features, epsilon: epsilon) : nil
    }
}
