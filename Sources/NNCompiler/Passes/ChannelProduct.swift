import NNGraph

/// A product of each channel by itself, as elementwise operations over all channels.
///
/// A depthwise convolution is a batch of products, one for each channel, whose one side has a single row: the channels
/// lie side by side in memory, and no kernel for matrices finds runs in them. Elementwise operations do, with as many
/// terms as a window has places; the gradient of the weight is as many sums.
struct ChannelProduct {
    /// Channels that fill a vector.
    private static let fewestChannels = 8
    /// Terms that one kernel adds up by name: those of a window of 7 × 7.
    private static let mostTerms = 49

    /// [kept …, inner …, channels].
    private let wide: Tensor
    /// [inner …, channels].
    private let narrow: Tensor
    private let kept: [Int]
    private let inner: [Int]
    private let channels: Int

    /// A product by other means; nil if it is none of single rows, or has its channels not innermost.
    ///
    /// - Throws: `GraphError` never, as all shapes fit each other.
    static func of(_ operation: Operation, _ operands: [Tensor]) throws -> Tensor? {
        guard case .matmul(let transposeA, let transposeB, let axes) = operation,
            operands[0].shape.rank == 1 + axes.rows + axes.inner,
            operands[0].shape[0] >= fewestChannels
        else { return nil }
        let a = try operands[0].withBatchLast(axes.rows, axes.inner, swapped: transposeA)
        let b = try operands[1].withBatchLast(axes.inner, axes.columns, swapped: transposeB)
        let channels = operands[0].shape[0]
        let rows = Array(a.shape.dimensions.prefix(axes.rows))
        let inner = Array(b.shape.dimensions.prefix(axes.inner))
        let columns = Array(b.shape.dimensions.dropFirst(axes.inner).dropLast())
        let product: ChannelProduct
        if columns.allSatisfy({ $0 == 1 }) {
            product = ChannelProduct(
                wide: a, narrow: try b.reshape(Shape(inner + [channels])), kept: rows, inner: inner,
                channels: channels)
        } else if rows.allSatisfy({ $0 == 1 }) {
            let last = axes.inner + axes.columns
            product = ChannelProduct(
                wide: try b.transpose(Array(axes.inner..<last) + Array(0..<axes.inner) + [last]),
                narrow: try a.reshape(Shape(inner + [channels])), kept: columns, inner: inner,
                channels: channels)
        } else {
            return nil
        }
        guard let result = try product.sum() else { return nil }
        let last = axes.rows + axes.columns
        return try result.reshape(Shape(rows + columns + [channels])).transpose(
            [last] + Array(0..<last))
    }

    /// The sums [kept …, channels]; nil where there are too many terms.
    private func sum() throws -> Tensor? {
        guard wide.hasLastAxisInnermost else { return nil }
        if inner.reduce(1, *) <= Self.mostTerms {
            // Weights are kept channel by channel: here the channels of each place are made a run.
            let factors = try concatenate(
                places(of: inner).map { try $0.slice(of: narrow, before: 0).unsqueeze(0) }, axis: 0)
            let terms = try places(of: inner).enumerated().map { index, place in
                try place.slice(of: wide, before: kept.count)
                    * factors.slice(index..<index + 1, axis: 0).reshape([channels])
            }
            return try terms.dropFirst().reduce(terms[0]) { try $0 + $1 }
        }
        guard narrow.hasLastAxisInnermost, kept.reduce(1, *) <= Self.mostTerms else { return nil }
        let sums = try places(of: kept).map { place in
            try (place.slice(of: wide, before: 0) * narrow).sum(Array(inner.indices)).unsqueeze(0)
        }
        return try concatenate(sums, axis: 0).reshape(Shape(kept + [channels]))
    }

    /// An element of some axes that follow each other.
    private struct Place {
        let indices: [Int]

        /// The tensor without these axes, of which so many come before them.
        func slice(of tensor: Tensor, before count: Int) throws -> Tensor {
            var (lower, upper) = (tensor.shape.dimensions.map { _ in 0 }, tensor.shape.dimensions)
            for (axis, index) in indices.enumerated() {
                (lower[count + axis], upper[count + axis]) = (index, index + 1)
            }
            var shape = tensor.shape.dimensions
            shape.removeSubrange(count..<count + indices.count)
            return try Tensor(.slice(lower: lower, upper: upper), [tensor]).reshape(Shape(shape))
        }
    }

    private func places(of extents: [Int]) -> [Place] {
        extents.reduce([[]]) { places, extent in
            places.flatMap { place in (0..<extent).map { place + [$0] } }
        }.map(Place.init)
    }
}

extension Tensor {
    /// An operand [batch, first …, second …], or with both sides swapped, as [first …, second …, batch].
    fileprivate func withBatchLast(_ first: Int, _ second: Int, swapped: Bool) throws -> Tensor {
        let sides = [
            1..<1 + (swapped ? second : first), 1 + (swapped ? second : first)..<shape.rank,
        ]
        return try transpose((swapped ? sides.reversed() : sides).flatMap { Array($0) } + [0])
    }

    /// Whether elements of the last axis follow each other in the memory of what it is a view of.
    fileprivate var hasLastAxisInnermost: Bool {
        var (base, axis) = (self, shape.rank - 1)
        while base.operation.isMovement || base.operation.isPad {
            let operand = base.operands[0]
            switch base.operation {
            case .transpose(let order): axis = order[axis]
            case .windows(let place, _):
                guard axis != place, axis != place + 1 else { return false }
                if axis > place { axis -= 1 }
            case .slice, .pad: break
            case .reshape:
                // Axes of one place come and go.
                func long(_ shape: Shape) -> [Int] {
                    shape.dimensions.indices.filter { shape[$0] > 1 }
                }
                let (before, after) = (long(operand.shape), long(base.shape))
                guard before.map({ operand.shape[$0] }) == after.map({ base.shape[$0] }),
                    let place = after.firstIndex(of: axis)
                else { return false }
                axis = before[place]
            default: return false
            }
            base = operand
        }
        return base.shape.dimensions[(axis + 1)...].allSatisfy { $0 == 1 }
    }
}

extension Operation {
    fileprivate var isPad: Bool { if case .pad = self { true } else { false } }
}
