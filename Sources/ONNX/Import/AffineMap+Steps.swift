import NNFiles

extension [AffineMap.Step] {
    /// What the steps one after the other do at each place along an axis: `factor · y + shift`.
    ///
    /// - Parameters:
    ///   - count: The places along the axis.
    ///   - trailing: The axes behind it.
    ///   - budget: What constants may still become weights.
    /// - Returns: A factor and a shift for each place.
    /// - Throws: ``ONNXError`` for constants of another shape, and for what divides by zero.
    func combined(
        over count: Int, trailing: Int = 0, within budget: inout WeightBudget
    ) throws(ONNXError) -> (factors: [Double], shifts: [Double]) {
        var factors = [Double](repeating: 1, count: count)
        var shifts = [Double](repeating: 0, count: count)
        for step in self {
            let column = try step.constant.spread(over: count, trailing: trailing, within: &budget)
            for place in 0..<count {
                guard let (factor, shift) = step.parts(Double(column[place])) else {
                    throw ONNXError(
                        .tensor(name: step.constant.name, problem: "would divide by zero"))
                }
                factors[place] *= factor
                shifts[place] = shifts[place] * factor + shift
            }
        }
        return (factors, shifts)
    }
}

extension ConstantTensor {
    /// Whether it is one number, or one for each place along an axis with so many axes behind it.
    func isSpread(over count: Int, trailing: Int = 0) -> Bool {
        guard let shape = try? shape(), let product = shape.checkedProduct else { return false }
        return product == 1
            || product == count && shape.count > trailing
                && shape[shape.count - 1 - trailing] == count
    }

    /// A number for each place along an axis with so many axes behind it.
    func spread(
        over count: Int, trailing: Int = 0, within budget: inout WeightBudget
    ) throws(ONNXError) -> [Float] {
        try check()
        try budget.use((count, false))
        guard isSpread(over: count, trailing: trailing) else {
            throw ONNXError(
                .tensor(
                    name: name,
                    problem: "is a bias or a factor of \(count) features and has the shape "
                        + "\(try shape().prefix(8))"))
        }
        let values = try values()
        return values.count == count ? values : [Float](repeating: values[0], count: count)
    }
}
