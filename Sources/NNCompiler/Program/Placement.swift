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
    /// Tensors that may be computed right into their part of a concatenation or of a padded tensor.
    private var places: [Tensor: Place] = [:]
    private let padded: Set<Tensor>

    /// A part of a tensor, by where it begins and its shape there.
    private struct Place {
        let whole: Tensor
        let lower: [Int]
        let shape: Shape
    }

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

    /// Where the result of a kernel goes: its part of another tensor, or a storage of its own.
    package func destination(of tensor: Tensor) -> View {
        // The whole may itself be a part of another, and so on.
        var parts: [(tensor: Tensor, place: Place)] = []
        var whole = tensor
        while views[whole] == nil, let place = places[whole] {
            parts.append((whole, place))
            whole = place.whole
        }
        var view = views[whole] ?? ownView(of: whole)
        views[whole] = view
        for (part, place) in parts.reversed() {
            let placed = view.sliced(from: place.lower, to: place.shape).reshaped(part.shape)
            // What no kernel of the part's can write is copied there.
            if let placed, placed.isContiguous || part.operation.writesAnyView {
                view = placed
            } else {
                view = ownView(of: part)
            }
            views[part] = view
        }
        return view
    }

    /// A view of new numbers that are known now.
    package func constant(_ values: [Int]) -> View {
        let storage = Storage(.int32, count: values.count, isPersistent: true)
        constants.append(Constant(values: values.map { Double($0) }, storage: storage))
        return View(storage, [values.count])
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
        case .windows(let axis, let windows):
            return source.windowed(axis, windows, to: tensor.shape)
        default:
            return try source.reshaped(tensor.shape) ?? View(copy(source).storage, tensor.shape)
        }
    }

    /// A storage of a tensor's own.
    private func ownView(of tensor: Tensor) -> View {
        guard !padded.contains(tensor) else { return paddedView(tensor.type) }
        return View(Storage(tensor.type.elementType, count: tensor.shape.count), tensor.shape)
    }

    /// Lets the operands of a concatenation or of a padding be computed in their places.
    private func placeParts(of node: Tensor) {
        func place(_ operand: Tensor, from lower: [Int]) {
            var source = operand
            while case .reshape = source.operation { source = source.operands[0] }
            if source.operation.isComputed, places[source] == nil, views[source] == nil {
                places[source] = Place(whole: node, lower: lower, shape: operand.shape)
            }
        }
        var lower = [Int](repeating: 0, count: node.shape.rank)
        switch node.operation {
        case .concatenate(let axis):
            for operand in node.operands {
                place(operand, from: lower)
                lower[axis] += operand.shape[axis]
            }
        case .pad(let lower, _, _): place(node.operands[0], from: lower)
        default: break
        }
    }
}
