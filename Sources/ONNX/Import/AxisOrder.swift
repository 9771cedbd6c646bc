/// How a graph has a result in another order of its numbers than the layers here, which have channels first.
enum Order: Equatable {
    /// Axis i of the graph's result is axis `order[i]` of the layer's; the batch stays first.
    case axes([Int])
    /// The features of each sample of a matrix.
    case columns(ColumnOrder)
}

/// The order of the features of a sample that was flattened with its axes exchanged.
struct ColumnOrder: Equatable {
    /// The sizes of the sample's axes as the layers have them.
    let sizes: [Int]
    /// The axes in the order in which the graph flattens them.
    let order: [Int]

    /// The numbers of a row for each feature of the graph's order, in the layers' own order.
    func restoring(_ matrix: [Float], rows: Int) -> [Float] {
        let columns = sizes.reduce(1, *)
        guard rows * columns == matrix.count else { return matrix }
        let graphs = order.map { sizes[$0] }
        let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
        return matrix.transposed([rows] + graphs, [0] + back.map { $0 + 1 })
    }
}

extension [Int] {
    /// Whether axes of more than one place stay in their order where they are taken in this one.
    func keepsOrder(of shape: [Size]) -> Bool {
        let moved = filter { shape[$0] != .known(1) }
        return moved == moved.sorted()
    }
}
