import NNGraph

/// The graph with its tensors in the order of axes that their makers give them.
///
/// Whoever calls a layer sees one order of axes, such as channels before space, and products through windows give
/// another. A transpose between them costs nothing where it is a view, but what reads it would write its own result in
/// the other order, element by element. So transposes move towards the results: past elementwise operations, sums,
/// slices, windows and padding, until two cancel each other or a kernel reads any order.
///
/// On the way, windows that are put back into an axis after a product become a product through windows, and sums of
/// tensors that are zero but for disjoint parts become their concatenation. Sums may be added up in another order.
package func settlingLayouts(of graph: Graph) throws -> Graph {
    var settling = Settling(graph)
    return try settling.settled()
}

/// Rebuilds a graph, node by node, by rules for each operation on what its operands have become.
struct Settling {
    private let graph: Graph
    /// The folds that only other folds or slices read, and the products that only folds read, which take them in.
    private let inner: Set<Tensor>
    private var replacements: [Tensor: Tensor] = [:]
    /// What sums of padded tensors consist of.
    private var boxes: [Tensor: [Box]] = [:]

    init(_ graph: Graph) {
        self.graph = graph
        var readers: [Tensor: [Tensor]] = [:]
        for node in graph.nodes {
            for operand in node.operands { readers[operand, default: []].append(node) }
        }
        let kept = Set(graph.outputs.map(\.value) + graph.updates.map(\.value))
        func areRead(_ node: Tensor, by isTaker: (Operation) -> Bool) -> Bool {
            guard !kept.contains(node), let those = readers[node] else { return false }
            return those.allSatisfy {
                isTaker($0.operation)
                    || node.operation.isProduct && $0.beforeTranspose != nil
                        && areRead($0, by: isTaker)
            }
        }
        inner = Set(
            graph.nodes.filter { node in
                node.operation.isFold && areRead(node) { $0.isFold || $0.isSlice }
                    || node.operation.isProduct && areRead(node) { $0.isFold }
            })
    }

    mutating func settled() throws -> Graph {
        for node in graph.nodes where node.operation.leafName == nil {
            let operands = node.operands.map { replacements[$0] ?? $0 }
            if inner.contains(node) {
                replacements[node] = try Tensor(node.operation, operands)
                continue
            }
            let made = try Origin.within(node.origin) { try make(node.operation, operands) }
            replacements[node] =
                made == nil && operands == node.operands
                ? node : try made ?? Tensor(node.operation, operands)
        }
        return try graph.replacing(replacements)
    }

    /// The result of an operation by other means; nil if there is no rule for it.
    private mutating func make(_ operation: Operation, _ operands: [Tensor]) throws -> Tensor? {
        switch operation {
        case .transpose(let permutation): return try transposed(operands[0], permutation)
        case .unary, .binary, .convert, .compare, .select:
            if let sunk = try elementwise(operation, operands) { return sunk }
            return operation == .binary(.add) ? try sum(operands) : nil
        case .reduce(let reduction, let axes):
            guard let (x, order) = operands[0].beforeTranspose else { return nil }
            let reduced = axes.map { order[$0] }.sorted()
            let kept = x.shape.dimensions.indices.filter { !reduced.contains($0) }
            let places = order.indices.filter { !axes.contains($0) }.map { order[$0] }
            let result = try Tensor(.reduce(reduction, axes: reduced), [x])
            return try transpose(result, places.compactMap { kept.firstIndex(of: $0) })
        case .slice(let lower, let upper):
            if operands[0].operation.isFold,
                let product = try WindowedProduct.of(operands[0], from: lower, to: upper)
            {
                return product
            }
            guard let (x, order) = operands[0].beforeTranspose else { return nil }
            let result = try Tensor(
                .slice(lower: order.spread(lower), upper: order.spread(upper)), [x])
            return try transpose(result, order)
        case .pad(let lower, let upper, let value):
            if let (x, order) = operands[0].beforeTranspose {
                let result = try pad(x, order.spread(lower), order.spread(upper), value)
                return try transpose(result, order)
            }
            return try pad(operands[0], lower, upper, value)
        case .windows(let axis, let windows):
            guard let (x, order) = operands[0].beforeTranspose else { return nil }
            let place = order[axis]
            let result = try Tensor(.windows(axis: place, windows), [x])
            return try transpose(
                result,
                order.flatMap { $0 == place ? [place, place + 1] : [$0 > place ? $0 + 1 : $0] })
        case .concatenate(let axis):
            guard let order = operands[0].beforeTranspose?.order else { return nil }
            let parts = operands.compactMap { $0.beforeTranspose }
            guard parts.count == operands.count, parts.allSatisfy({ $0.order == order }) else {
                return nil
            }
            let result = try Tensor(.concatenate(axis: order[axis]), parts.map(\.tensor))
            return try transpose(result, order)
        case .reshape(let shape):
            return try squeezed(operands[0], to: shape)
        case .matmul:
            return try ChannelProduct.of(operation, operands)
        case .fold:
            return try WindowedProduct.of(Tensor(operation, operands))
        default: return nil
        }
    }

    private func transpose(_ x: Tensor, _ order: [Int]) throws -> Tensor {
        order == Array(order.indices) ? x : try x.transpose(order)
    }

    /// A transpose as one that does less, if that is possible.
    private func transposed(_ x: Tensor, _ order: [Int]) throws -> Tensor? {
        if let (inner, before) = x.beforeTranspose {
            let whole = order.map { before[$0] }
            return try transposed(inner, whole) ?? transpose(inner, whole)
        }
        if order == Array(order.indices) { return x }
        if x.isReshaped(by: order) { return try x.reshape(Shape(order.map { x.shape[$0] })) }
        // Parts that need not be moved are put where they belong in the first place.
        if case .concatenate(let axis) = x.operation,
            x.operands.allSatisfy({ $0.isReshaped(by: order) }),
            let place = order.firstIndex(of: axis)
        {
            return try concatenate(
                x.operands.map { part in try part.reshape(Shape(order.map { part.shape[$0] })) },
                axis: place)
        }
        return nil
    }

    /// A transpose of which axes of one place come or go, as one of what has them already; nil for any other reshape.
    private func squeezed(_ x: Tensor, to shape: Shape) throws -> Tensor? {
        guard let (inner, order) = x.beforeTranspose else { return nil }
        let long = order.filter { inner.shape[$0] != 1 }
        guard long.map({ inner.shape[$0] }) == shape.dimensions.filter({ $0 != 1 }) else {
            return nil
        }
        let kept = long.sorted()
        let single = shape.rank - kept.count
        let reshaped = try inner.reshape(
            Shape(kept.map { inner.shape[$0] } + Array(repeating: 1, count: single)))
        var (next, nextSingle) = (long[...], kept.count)
        return try transpose(
            reshaped,
            shape.dimensions.map { extent in
                guard extent == 1 else { return kept.firstIndex(of: next.removeFirst()) ?? 0 }
                defer { nextSingle += 1 }
                return nextSingle
            })
    }

    /// An elementwise operation on what lies before transposes, unless that makes it read another kernel's result in
    /// an order that is not its own.
    private mutating func elementwise(
        _ operation: Operation, _ operands: [Tensor]
    ) throws -> Tensor? {
        let moved = operands.first { $0.beforeTranspose != nil && $0.isWholeResult }
        guard let order = moved?.beforeTranspose?.order,
            operands.allSatisfy({ $0.beforeTranspose?.order == order || !$0.operation.isComputed })
        else { return nil }
        var inverse = order
        for (place, axis) in order.enumerated() { inverse[axis] = place }
        let before: [Tensor] = try operands.map { operand in
            try transposed(operand, inverse) ?? transpose(operand, inverse)
        }
        let sum = try operation == .binary(.add) ? sum(before) : nil
        return try transpose(sum ?? Tensor(operation, before), order)
    }

    // MARK: - Parts that are put together

    /// A part of a tensor that is zero elsewhere.
    private struct Box {
        var lower: [Int]
        var tensor: Tensor

        var upper: [Int] { zip(lower, tensor.shape.dimensions).map { $0 + $1 } }

        /// Whether there is an axis along which both lie apart.
        func isApart(from other: Box) -> Bool {
            lower.indices.contains {
                upper[$0] <= other.lower[$0] || other.upper[$0] <= lower[$0]
            }
        }

        /// Both as one, if the other one follows along a single axis.
        func joined(with other: Box) throws -> Box? {
            let different = lower.indices.filter {
                lower[$0] != other.lower[$0] || upper[$0] != other.upper[$0]
            }
            guard different.count == 1, let axis = different.first,
                upper[axis] == other.lower[axis]
            else { return nil }
            return Box(
                lower: lower, tensor: try concatenate([tensor, other.tensor], axis: axis))
        }
    }

    private mutating func pad(
        _ x: Tensor, _ lower: [Int], _ upper: [Int], _ value: Double
    ) throws -> Tensor {
        let result = try x.padded(lower: lower, upper: upper, value: value)
        if value == 0 { boxes[result] = [Box(lower: lower, tensor: x)] }
        return result
    }

    /// The sum of two tensors that are zero but for disjoint parts, once these fill a single part.
    private mutating func sum(_ operands: [Tensor]) throws -> Tensor? {
        guard var parts = boxes[operands[0]], let others = boxes[operands[1]],
            parts.allSatisfy({ part in others.allSatisfy { part.isApart(from: $0) } })
        else { return nil }
        parts += others
        var hasJoined = true
        while hasJoined, parts.count > 1 {
            hasJoined = false
            search: for first in parts.indices {
                for second in parts.indices where first != second {
                    guard let whole = try parts[first].joined(with: parts[second]) else { continue }
                    parts[first] = whole
                    parts.remove(at: second)
                    hasJoined = true
                    break search
                }
            }
        }
        let shape = operands[0].shape
        guard let only = parts.first, parts.count == 1 else {
            let result = try Tensor(.binary(.add), operands)
            boxes[result] = parts
            return result
        }
        return try pad(
            only.tensor, only.lower, zip(shape.dimensions, only.upper).map { $0 - $1 }, 0)
    }
}

extension Operation {
    fileprivate var isFold: Bool { if case .fold = self { true } else { false } }
    fileprivate var isSlice: Bool { if case .slice = self { true } else { false } }
}

extension Tensor {
    /// What is transposed, and in which order its axes come; nil if this is no transpose.
    var beforeTranspose: (tensor: Tensor, order: [Int])? {
        guard case .transpose(let order) = operation else { return nil }
        return (operands[0], order)
    }

    /// Whether it is a view of all that some kernel computes, without repetition.
    fileprivate var isWholeResult: Bool {
        var base = self
        while base.operation.isMovement { base = base.operands[0] }
        return base.operation.isComputed && base.shape.count >= shape.count
    }

    /// Whether a transpose moves only axes of extent 1.
    fileprivate func isReshaped(by order: [Int]) -> Bool {
        let long = order.filter { shape[$0] != 1 }
        return long == long.sorted()
    }
}

extension [Int] {
    /// The values of each place of a permutation, in the order of what is permuted.
    fileprivate func spread(_ values: [Int]) -> [Int] {
        var result = values
        for (place, axis) in enumerated() { result[axis] = values[place] }
        return result
    }
}
