import NNFiles
import NNModel

extension Preparation {
    /// A shift and a factor of the features, as exporters put them in front of the layers; nil for no steps.
    ///
    /// A constant of a step is a number, or one for each place along one axis of a sample.
    init?(
        _ steps: [Lowering.Step], rank: Int, sample: [Int]?, within budget: inout WeightBudget
    ) throws(ONNXError) {
        guard let first = steps.first else { return nil }
        var (shifts, factors, axis) = ([0.0], [1.0], Int?.none)
        for step in steps {
            let (column, place) = try Self.read(
                step.step.constant, rank: rank, sample: sample, node: step.node, within: &budget)
            guard axis == nil || place == nil || axis == place else {
                throw Lowering.unsupported(step.node, "scales along another axis than it shifts")
            }
            axis = axis ?? place
            let count = max(shifts.count, column.count)
            guard [column.count, shifts.count].allSatisfy({ [1, count].contains($0) }) else {
                throw Lowering.unsupported(
                    step.node, "computes with other than \(shifts.count) numbers")
            }
            try budget.use((count, false))
            let known = (0..<count).map { place in
                (shifts[shifts.count == 1 ? 0 : place], factors[factors.count == 1 ? 0 : place])
            }
            (shifts, factors) = ([], [])
            for place in 0..<count {
                // (x − s) · f becomes (x − (s − c / (f · g))) · (f · g) with g · y + c.
                let (shift, factor) = known[place]
                let number = Double(column[column.count == 1 ? 0 : place])
                guard let (next, offset) = step.step.parts(number), next != 0, factor != 0 else {
                    throw Lowering.unsupported(
                        step.node, "computes something else than (x − shift) · factor")
                }
                factors.append(factor * next)
                shifts.append(offset == 0 ? shift : shift - offset / (factor * next))
            }
        }
        let (shift, factor) = (shifts.map { Float($0) }, factors.map { Float($0) })
        guard (shift + factor).allSatisfy(\.isFinite) else {
            throw Lowering.unsupported(first.node, "shifts or scales by more than a float can hold")
        }
        guard let axis else {
            self.init(shift: shift[0], factor: factor[0])
            return
        }
        do {
            try self.init(shift: shift, factor: factor, axis: axis)
        } catch {
            throw ONNXError(.malformed)
        }
    }

    /// The numbers of a constant, and the axis of a sample that they lie along.
    private static func read(
        _ constant: ConstantTensor, rank: Int, sample: [Int]?, node: String,
        within budget: inout WeightBudget
    ) throws(ONNXError) -> (values: [Float], axis: Int?) {
        let sizes = try constant.shape()
        try constant.check()
        // A file may name one constant in many nodes.
        try budget.use((sizes.checkedProduct ?? .max, false))
        let values = try constant.values()
        let axes = sizes.indices.filter { sizes[$0] != 1 }
        // Shapes are aligned at their ends, and the first axis is the batch.
        let axis = axes.first.map { $0 + rank - 1 - sizes.count }
        guard axes.count <= 1, sizes.count <= rank, !values.isEmpty, (axis ?? 0) >= 0,
            values.allSatisfy(\.isFinite)
        else {
            throw Lowering.unsupported(
                node, "computes with a constant of the shape \(sizes.prefix(8))")
        }
        if let axis, let sample, sample.indices.contains(axis), sample[axis] != values.count {
            throw Lowering.unsupported(
                node, "takes \(values.count) features and gets \(sample[axis])")
        }
        return (values, axis)
    }
}
