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
        /// `(y − mean) / √(variance + ε) · scale + shift`.
        case normalize(
            scale: ConstantTensor, shift: ConstantTensor, mean: ConstantTensor,
            variance: ConstantTensor, epsilon: Float)
        /// Whether it is larger than a number, of use in formulas only.
        case exceeds(ConstantTensor)
        /// A power of it, of use in formulas only.
        case power(ConstantTensor)

        /// The constants of the step.
        var constants: [ConstantTensor] {
            switch self {
            case .add(let constant, _), .subtract(let constant), .subtractFrom(let constant),
                .multiply(let constant), .divide(let constant), .exceeds(let constant),
                .power(let constant):
                [constant]
            case .normalize(let scale, let shift, let mean, let variance, _):
                [scale, shift, mean, variance]
            }
        }

        /// Whether it adds something.
        var shifts: Bool {
            switch self {
            case .multiply, .divide: false
            default: true
            }
        }

        /// What is done to a number y at a place: `factor · y + offset`, from the constants' numbers there.
        func parts(_ numbers: [Double]) -> (factor: Double, offset: Double)? {
            switch self {
            case .add(_, let factor): return (1, Double(factor) * numbers[0])
            case .subtract: return (1, -numbers[0])
            case .subtractFrom: return (-1, numbers[0])
            case .multiply: return (numbers[0], 0)
            case .divide: return numbers[0] == 0 ? nil : (1 / numbers[0], 0)
            case .normalize(_, _, _, _, let epsilon):
                let deviation = (numbers[3] + Double(epsilon)).squareRoot()
                guard deviation > 0 else { return nil }
                let factor = numbers[0] / deviation
                return (factor, numbers[1] - numbers[2] * factor)
            case .exceeds, .power: return nil
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
        guard !before.isEmpty || !steps.isEmpty || scale != 1 else { return (matrix, nil) }
        if let plainBias {
            return (matrix, try Self.spread(plainBias, over: outputs, within: &budget))
        }
        var offsets = [Double](repeating: 0, count: outputs)
        if !before.isEmpty {
            let (factors, shifts) = try Self.combined(before, over: inputs, within: &budget)
            for output in 0..<outputs {
                for input in 0..<inputs {
                    let weight = Double(matrix[output * inputs + input])
                    offsets[output] += weight * shifts[input]
                    matrix[output * inputs + input] = Float(weight * factors[input])
                }
            }
        }
        let (factors, shifts) = try Self.combined(steps, over: outputs, within: &budget)
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

    /// What steps one after the other do at each place: `factor · y + shift`.
    private static func combined(
        _ steps: [Step], over count: Int, within budget: inout WeightBudget
    ) throws(ONNXError) -> (factors: [Double], shifts: [Double]) {
        var factors = [Double](repeating: 1, count: count)
        var shifts = [Double](repeating: 0, count: count)
        for step in steps {
            var columns: [[Float]] = []
            for constant in step.constants {
                columns.append(try spread(constant, over: count, within: &budget))
            }
            for place in 0..<count {
                guard let (factor, shift) = step.parts(columns.map { Double($0[place]) }) else {
                    throw ONNXError(
                        .tensor(name: step.constants[0].name, problem: "would divide by zero"))
                }
                factors[place] *= factor
                shifts[place] = shifts[place] * factor + shift
            }
        }
        return (factors, shifts)
    }

    /// A number for each place along the last axis.
    private static func spread(
        _ constant: ConstantTensor, over count: Int, within budget: inout WeightBudget
    ) throws(ONNXError) -> [Float] {
        try constant.check()
        try budget.use((count, false))
        let shape = try constant.shape()
        let values = try constant.floats()
        guard values.count == 1 || values.count == count && shape.last == count else {
            throw ONNXError(
                .tensor(
                    name: constant.name,
                    problem: "is a bias or a factor of \(count) features and has the shape "
                        + "\(shape.prefix(8))"))
        }
        return values.count == count ? values : [Float](repeating: values[0], count: count)
    }
}

/// How many more numbers may become weights.
///
/// A file may use the same ones in several layers, as one that stores equal biases once does; a number for each of its
/// bytes is plenty for that.
struct WeightBudget {
    private var remaining: Int

    /// For a file of so many bytes.
    init(byteCount: Int) { remaining = byteCount }

    /// Counts numbers that become weights.
    mutating func use(_ count: (partialValue: Int, overflow: Bool)) throws(ONNXError) {
        guard !count.overflow, count.partialValue <= remaining else {
            throw ONNXError(.sharedWeights)
        }
        remaining -= count.partialValue
    }
}
