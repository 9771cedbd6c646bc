import NNGraph

/// Where each tensor of a graph lies: which storage, and how in it.
///
/// A movement costs nothing where strides describe its result; a reshape may need a copy. The parts of a
/// concatenation are computed right into their places where that is possible.
package final class Placement {
    /// A constant of the graph and the storage that holds its numbers.
    package struct Constant {
        package let values: [Double]
        package let storage: Storage
    }

    /// The constants that somebody reads, in the order in which they were first asked for.
    package private(set) var constants: [Constant] = []

    private var views: [Tensor: View] = [:]
    /// Tensors that are computed right into their part of a concatenation.
    private var places: [Tensor: (whole: Tensor, offset: Int)] = [:]
    private let padded: Set<Tensor>

    /// Places the leaves of a graph, by name, and the parts of its concatenations; the rows of the
    /// matrices in `padding` are to lie apart by more than their length.
    package init(_ graph: Graph, leaves: [String: Storage], padding: Set<Tensor>) {
        padded = padding
        for (name, leaf) in graph.leaves {
            let storage = leaves[name] ?? Storage(leaf.type, at: nil)
            views[leaf] = View(storage, leaf.shape)
        }
        for node in graph.nodes { placeParts(of: node) }
    }

    /// Where a tensor lies; `copy` makes a copy in row-major order of what no strides describe.
    package func view(of tensor: Tensor, copy: (View) throws -> View) rethrows -> View {
        // Views of views, from the outermost to the first that is known or is none: a chain may be
        // longer than the call stack allows.
        var chain: [Tensor] = []
        var base = tensor
        while views[base] == nil, base.operation.isMovement {
            chain.append(base)
            base = base.operands[0]
        }
        var view = views[base] ?? baseView(of: base)
        views[base] = view
        for next in chain.reversed() {
            view = try Self.view(of: next, in: view, copy: copy)
            views[next] = view
        }
        return view
    }

    /// Where the result of a kernel goes: its part of a concatenation, or a storage of its own.
    package func destination(of tensor: Tensor) -> View {
        // The whole may itself lie within another concatenation, and so on.
        var parts: [(tensor: Tensor, offset: Int)] = []
        var whole = tensor
        while views[whole] == nil, let place = places[whole] {
            parts.append((whole, place.offset))
            whole = place.whole
        }
        var view = views[whole] ?? ownView(of: whole)
        views[whole] = view
        for (part, offset) in parts.reversed() {
            view = View(view.storage, offset: view.offset + offset, part.shape)
            views[part] = view
        }
        return view
    }

    /// Where a tensor lies, if that is known already.
    func knownView(of tensor: Tensor) -> View? { views[tensor] }

    // MARK: - Views

    /// Where a tensor lies that is no view of another.
    private func baseView(of tensor: Tensor) -> View {
        guard case .constant(let values, let type) = tensor.operation else {
            return destination(of: tensor)
        }
        let storage = Storage(type.elementType, count: values.count, isPersistent: true)
        constants.append(Constant(values: values, storage: storage))
        return values.count == type.shape.count
            ? View(storage, type.shape) : View(storage, [1]).broadcast(to: type.shape)
    }

    /// Where a movement of what lies in `source` has its elements.
    private static func view(
        of tensor: Tensor, in source: View, copy: (View) throws -> View
    ) rethrows -> View {
        switch tensor.operation {
        case .broadcast(let shape): return source.broadcast(to: shape)
        case .transpose(let permutation): return source.transposed(permutation)
        case .slice(let lower, _): return source.sliced(from: lower, to: tensor.shape)
        default:
            return try source.reshaped(tensor.shape) ?? View(copy(source).storage, tensor.shape)
        }
    }

    /// A storage of a tensor's own.
    private func ownView(of tensor: Tensor) -> View {
        guard !padded.contains(tensor) else { return paddedView(tensor.type) }
        return View(Storage(tensor.type.elementType, count: tensor.shape.count), tensor.shape)
    }

    /// Lets the operands of a concatenation along the outermost axis be computed in their places.
    private func placeParts(of node: Tensor) {
        guard case .concatenate(let axis) = node.operation,
            node.shape.dimensions.prefix(axis).allSatisfy({ $0 == 1 })
        else { return }
        var offset = 0
        for operand in node.operands {
            var source = operand
            while case .reshape = source.operation { source = source.operands[0] }
            if source.operation.isComputed, places[source] == nil, views[source] == nil {
                places[source] = (node, offset)
            }
            offset += operand.shape.count
        }
    }
}
