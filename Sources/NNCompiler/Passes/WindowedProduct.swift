import NNGraph

/// A product on its way to be a product through windows.
///
/// The gradient of a convolution's input is a product of which every window is put back into its place: the whole of it
/// would be in memory, several times the size of the input. But `y[p] = Σ_j P[p − start − j · dilation, j]` with
/// `P[i, j] = Σ_o A[i, o] · B[o, j]` is a sum over both o and j: a product of windows of A, walked backwards, with B. Where
/// windows lie more than one element apart, every remainder of p by their distance is such a sum, of every so many j.
struct WindowedProduct {
    private var a: Tensor
    private var b: Tensor
    private let transposeA: Bool
    private let transposeB: Bool
    private let batch: Int
    private let rows: Int
    private var inner: Int
    /// The axes of columns that are left, by their places in the first product.
    private var columns: [Int]

    /// A fold as axes of the product.
    private struct Fold {
        let row: Int
        let column: Int
        let windows: Windows
        /// What is wanted of the axis.
        var range: Range<Int>
    }

    /// The fold of a product, or of folds of one, as products through windows; nil if there is no product.
    ///
    /// - Parameters:
    ///   - fold: The last fold.
    ///   - lower: What the result begins with along each axis; by default the first elements.
    ///   - upper: What it ends before; by default all.
    /// - Returns: The part of the result.
    /// - Throws: `GraphError` never, as all shapes fit each other.
    static func of(_ fold: Tensor, from lower: [Int]? = nil, to upper: [Int]? = nil) throws
        -> Tensor?
    {
        // From the outermost fold to the product.
        var folds: [(axis: Int, extent: Int, windows: Windows)] = []
        var product = fold
        while case .fold(let axis, let extent, let windows) = product.operation {
            folds.append((axis, extent, windows))
            product = product.operands[0]
        }
        var order = Array(0..<product.shape.rank)
        if let (before, axes) = product.beforeTranspose { (product, order) = (before, axes) }
        guard case .matmul(let transposeA, let transposeB, let axes) = product.operation,
            axes.columns > folds.count
        else { return nil }
        let batch = product.shape.rank - axes.rows - axes.columns
        // Axis by axis of what is folded: where it is in the product.
        var found: [Fold] = []
        for fold in folds.reversed() {
            let (row, column) = (order[fold.axis], order.remove(at: fold.axis + 1))
            guard (batch..<batch + axes.rows).contains(row), column >= batch + axes.rows,
                fold.windows.stride >= 1
            else { return nil }
            found.append(
                Fold(row: row, column: column, windows: fold.windows, range: 0..<fold.extent))
        }
        guard !found.isEmpty else { return nil }
        var (first, last) = (lower ?? order.map { _ in 0 }, upper ?? fold.shape.dimensions)
        for (place, fold) in found.enumerated() {
            guard let axis = order.firstIndex(of: fold.row) else { return nil }
            found[place].range = first[axis]..<last[axis]
            (first[axis], last[axis]) = (0, last[axis] - first[axis])
        }
        let start = WindowedProduct(
            a: product.operands[0], b: product.operands[1], transposeA: transposeA,
            transposeB: transposeB, batch: batch, rows: axes.rows, inner: axes.inner,
            columns: Array(batch + axes.rows..<product.shape.rank))
        let (result, columns) = try start.folded(found[...])
        let places = Array(0..<batch + axes.rows) + columns
        let wanted = order.compactMap { places.firstIndex(of: $0) }
        let whole = wanted == Array(wanted.indices) ? result : try result.transpose(wanted)
        return whole.shape.dimensions == zip(first, last).map({ $1 - $0 })
            ? whole : try Tensor(.slice(lower: first, upper: last), [whole])
    }

    /// The product after folds, and the columns that it still has.
    private func folded(_ folds: ArraySlice<Fold>) throws -> (Tensor, columns: [Int]) {
        guard let fold = folds.first else {
            let axes = Operation.ProductAxes(rows: rows, inner: inner, columns: columns.count)
            let product = Operation.matmul(
                transposeA: transposeA, transposeB: transposeB, axes: axes)
            return (
                try ChannelProduct.of(product, [a, b]) ?? Tensor(product, [a, b]), columns
            )
        }
        let windows = fold.windows, stride = windows.stride
        let count = (fold.range.count - 1) / stride + 1
        let folded = folds.map(\.column)
        let left = columns.filter { !folded.contains($0) }
        var parts: [Tensor?] = []
        for remainder in 0..<stride {
            // Of element p, counted from the first that is wanted.
            let start = windows.start - fold.range.lowerBound
            let places = (0..<windows.size).filter {
                (remainder - start - $0 * windows.dilation) % stride == 0
            }
            guard let first = places.first else {
                parts.append(nil)
                continue
            }
            let step = places.count > 1 ? places[1] - first : 1
            var part = self
            try part.pick(
                column: fold.column,
                Windows(start: first, count: places.count, stride: step, size: 1))
            try part.walk(
                fold, start: -(remainder - start - first * windows.dilation) / stride,
                dilation: step * windows.dilation / stride, size: places.count, extent: count)
            parts.append(try part.folded(folds.dropFirst()).0)
        }
        guard let shape = parts.compactMap(\.self).first?.shape else {
            return (try zeros(like: a), left)
        }
        if stride == 1, let only = parts[0] { return (only, left) }
        // Remainders side by side: [… , count, stride, …].
        let whole = try stack(parts.map { try $0 ?? .constant(0, shape) }, axis: fold.row + 1)
        var dimensions = shape.dimensions
        dimensions[fold.row] *= stride
        return (
            try whole.reshape(Shape(dimensions)).slice(0..<fold.range.count, axis: fold.row), left
        )
    }

    private func zeros(like tensor: Tensor) throws -> Tensor { try .constant(0, tensor.shape) }

    /// Keeps some places of an axis of columns.
    private mutating func pick(column: Int, _ places: Windows) throws {
        let axis = axisOfB(column)
        guard places.count != b.shape[axis] else { return }
        b = try Tensor(.windows(axis: axis, places), [b]).squeeze(axis + 1)
    }

    /// Makes the axis of a fold's rows windows that are walked backwards, whose places are summed with those of its column.
    private mutating func walk(
        _ fold: Fold, start: Int, dilation: Int, size: Int, extent: Int
    ) throws {
        let axis = transposeA ? fold.row + inner : fold.row
        let lowest = -start - (size - 1) * Swift.max(0, dilation)
        let highest = extent - 1 - start - (size - 1) * Swift.min(0, dilation)
        let lower = Swift.max(0, -lowest)
        let windows = Windows(start: lower - start, count: extent, size: size, dilation: -dilation)
        let padded = try a.paddedBeneath(
            axis, lower: lower, upper: Swift.max(0, highest - (a.shape[axis] - 1)))
        let walked = try Tensor(.windows(axis: axis, windows), [padded])
        // The places become the first axis that is summed over, on both sides.
        a = try walked.moving(axis + 1, to: transposeA ? batch : batch + rows)
        b = try b.moving(
            axisOfB(fold.column), to: transposeB ? batch + columns.count - 1 : batch)
        columns.removeAll { $0 == fold.column }
        inner += 1
    }

    private func axisOfB(_ column: Int) -> Int {
        let place = columns.firstIndex(of: column) ?? 0
        return batch + place + (transposeB ? 0 : inner)
    }
}

extension Tensor {
    /// The tensor padded with zeros along an axis, beneath views: windows of other axes stay views.
    fileprivate func paddedBeneath(_ axis: Int, lower: Int, upper: Int) throws -> Tensor {
        guard lower > 0 || upper > 0 else { return self }
        switch operation {
        case .transpose(let order):
            return try operands[0].paddedBeneath(order[axis], lower: lower, upper: upper).transpose(
                order)
        case .windows(let place, let windows) where axis != place && axis != place + 1:
            let padded = try operands[0].paddedBeneath(
                axis > place ? axis - 1 : axis, lower: lower, upper: upper)
            return try Tensor(.windows(axis: place, windows), [padded])
        case .pad(var before, var after, 0):
            before[axis] += lower
            after[axis] += upper
            return try operands[0].padded(lower: before, upper: after)
        default:
            var (before, after) = (shape.dimensions.map { _ in 0 }, shape.dimensions.map { _ in 0 })
            (before[axis], after[axis]) = (lower, upper)
            return try padded(lower: before, upper: after)
        }
    }

    /// The tensor with one axis at another place.
    fileprivate func moving(_ axis: Int, to place: Int) throws -> Tensor {
        var order = Array(0..<shape.rank)
        order.insert(order.remove(at: axis), at: place)
        return order == Array(order.indices) ? self : try transpose(order)
    }
}
