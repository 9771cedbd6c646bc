extension Graph {
    /// The terms of the sums that all matrix products are: a multiplication and an addition each.
    package var productTerms: Int {
        nodes.reduce(0) { total, node in
            guard case .matmul(let isTransposed, _, let axes) = node.operation else { return total }
            let shape = node.operands[0].shape.dimensions
            let inner =
                isTransposed
                ? shape.dropLast(axes.rows).suffix(axes.inner) : shape.suffix(axes.inner)
            return total + node.shape.count * inner.reduce(1, *)
        }
    }
}
