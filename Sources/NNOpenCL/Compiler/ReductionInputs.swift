import NNGraph

extension FusionPlan {
    /// A reduction of rows computes what it reduces, if nothing else reads that: the squares of a
    /// norm or of a mean squared error are never written.
    mutating func joinInputs() {
        for node in graph.nodes where node.reducesLastAxis {
            let operand = node.operands[0]
            guard let input = groupOf[operand], input.isElementwise,
                consumers[operand] == [node], !kept.contains(operand),
                input.members.filter(isReadOutside) == [operand],
                let group = groupOf[node], fits(group.members + input.members)
            else { continue }
            join(input.members, to: group)
        }
    }
}

extension Tensor {
    /// Whether each row of the operand is reduced to one number.
    var reducesLastAxis: Bool {
        guard case .reduce(_, let axes) = operation else { return false }
        return axes == [operands[0].shape.rank - 1]
    }
}
