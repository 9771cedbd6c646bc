import NNFiles
import NNModel

// A shift and a factor of the features, as exporters put them in front of the layers.
extension GraphReader {
    /// Reads `Sub`, `Mul` or `Div` by a constant, before the first layer: a number, or one for each place along one
    /// axis of a sample.
    mutating func addPreparation(_ node: Node) throws(ONNXError) {
        try node.checkAttributes([])
        guard links.isEmpty else {
            throw node.unsupported("computes with a constant behind the first layer")
        }
        let tensor = try constant(node.inputs[1], for: node)
        let sizes = try tensor.shape()
        try tensor.checkFloats()
        // A file may name one constant in many nodes.
        try use((sizes.checkedProduct ?? .max, false))
        let values = try tensor.floats()
        let axes = sizes.indices.filter { sizes[$0] != 1 }
        // Shapes are aligned at their ends, and the first axis is the batch.
        let axis = axes.first.map { $0 + shape.batchRank - 1 - sizes.count }
        guard axes.count <= 1, sizes.count <= shape.batchRank, !values.isEmpty, (axis ?? 0) >= 0,
            values.allSatisfy({ $0.isFinite })
        else { throw node.unsupported("computes with a constant of the shape \(sizes.prefix(8))") }
        if let axis, let sample = shape.current, sample.indices.contains(axis),
            sample[axis] != values.count
        {
            throw node.unsupported("takes \(values.count) features and gets \(sample[axis])")
        }
        switch node.operatorName {
        case .subtract where preparation == nil:
            preparation = try prepared(values, [Float](repeating: 1, count: values.count), axis)
        case .multiply: try scale(by: values, axis, node)
        case .divide where values.allSatisfy({ $0 != 0 }):
            try scale(by: values.map { 1 / $0 }, axis, node)
        default: throw node.unsupported("computes something else than (x − shift) · factor")
        }
        shape.passElementwise()
    }

    private mutating func scale(
        by factors: [Float], _ axis: Int?, _ node: Node
    ) throws(ONNXError) {
        let shifts = preparation?.shift ?? [0]
        let known = preparation?.factor ?? [1]
        let count = max(shifts.count, factors.count)
        func spread(_ values: [Float]) -> [Float] {
            values.count == count ? values : [Float](repeating: values[0], count: count)
        }
        guard [1, count].contains(shifts.count), [1, count].contains(factors.count),
            axis == nil || preparation?.axis == nil || axis == preparation?.axis
        else { throw node.unsupported("scales along another axis than it shifts") }
        preparation = try prepared(
            spread(shifts), zip(spread(known), spread(factors)).map { $0 * $1 },
            axis ?? preparation?.axis)
    }

    private func prepared(
        _ shift: [Float], _ factor: [Float], _ axis: Int?
    ) throws(ONNXError) -> Preparation {
        guard let axis else { return Preparation(shift: shift[0], factor: factor[0]) }
        do {
            return try Preparation(shift: shift, factor: factor, axis: axis)
        } catch {
            throw ONNXError(.malformed)
        }
    }
}
