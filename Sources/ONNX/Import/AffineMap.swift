import NNFiles

/// An affine map of the last axis as a graph computes it: a product, and what is done to its results.
struct AffineMap {
    /// Something that is done to each result, alike or by its place along the last axis.
    enum Step {
        case add(ConstantTensor, factor: Float)
        case subtract(ConstantTensor)
        case subtractFrom(ConstantTensor)
        case multiply(ConstantTensor)
        case divide(ConstantTensor)
        /// Whether it is larger than a number, of use in formulas only.
        case exceeds(ConstantTensor)
        /// A power of it, of use in formulas only.
        case power(ConstantTensor)

        /// The constant of the step.
        var constant: ConstantTensor {
            switch self {
            case .add(let constant, _), .subtract(let constant), .subtractFrom(let constant),
                .multiply(let constant), .divide(let constant), .exceeds(let constant),
                .power(let constant):
                constant
            }
        }

        /// Whether it adds something.
        var shifts: Bool {
            switch self {
            case .multiply, .divide: false
            default: true
            }
        }

        /// What is done to a number y at a place: `factor · y + offset`, from the constant's number there.
        func parts(_ number: Double) -> (factor: Double, offset: Double)? {
            switch self {
            case .add(_, let factor): (1, Double(factor) * number)
            case .subtract: (1, -number)
            case .subtractFrom: (-1, number)
            case .multiply: (number, 0)
            case .divide: number == 0 ? nil : (1 / number, 0)
            case .exceeds, .power: nil
            }
        }
    }

    let inputs: Int
    let outputs: Int
    /// [inputs, outputs], or transposed.
    let weight: ConstantTensor
    let isTransposed: Bool
    /// What the products are multiplied by.
    var scale: Float = 1
    var steps: [Step] = []
    /// What is done to each number that it takes.
    var before: [Step] = []
    /// The order in which the graph has the numbers of a flattened sample; nil for the sample's own.
    var columns: ColumnOrder?

    /// Whether it has a bias.
    var hasBias: Bool { (before + steps).contains { $0.shifts } }

    /// The bias as the file has it, if nothing else is done to the products.
    var plainBias: ConstantTensor? {
        guard scale == 1, before.isEmpty, steps.count == 1, case .add(let bias, 1) = steps[0] else {
            return nil
        }
        return bias
    }

    /// The weight [outputs, inputs] and the bias, if there is one.
    func numbers(within budget: inout WeightBudget) throws(ONNXError)
        -> (weight: [Float], bias: [Float]?)
    {
        // Weights that are not there are no shared ones, so that they are comes first.
        try weight.check()
        try budget.use(inputs.multipliedReportingOverflow(by: outputs))
        var matrix = try weight.matrix(transposing: !isTransposed)
        if let columns { matrix = columns.restoring(matrix, rows: outputs) }
        guard !before.isEmpty || !steps.isEmpty || scale != 1 else { return (matrix, nil) }
        if let plainBias {
            return (matrix, try plainBias.spread(over: outputs, within: &budget))
        }
        var offsets = [Double](repeating: 0, count: outputs)
        if !before.isEmpty {
            let (factors, shifts) = try before.combined(over: inputs, within: &budget)
            for output in 0..<outputs {
                for input in 0..<inputs {
                    let weight = Double(matrix[output * inputs + input])
                    offsets[output] += weight * shifts[input]
                    matrix[output * inputs + input] = Float(weight * factors[input])
                }
            }
        }
        let (factors, shifts) = try steps.combined(over: outputs, within: &budget)
        for output in 0..<outputs {
            let factor = factors[output] * Double(scale)
            offsets[output] = offsets[output] * factor + shifts[output]
            guard factor != 1 else { continue }
            for place in output * inputs..<(output + 1) * inputs {
                matrix[place] = Float(Double(matrix[place]) * factor)
            }
        }
        return (matrix, hasBias ? offsets.map { Float($0) } : nil)
    }
}
