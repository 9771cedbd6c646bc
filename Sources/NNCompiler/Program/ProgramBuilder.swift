import NNGraph

/// The units of a program as a target makes them, one kernel group after the other.
package final class ProgramBuilder<Target: CompilerTarget> {
    /// Where tensors lie.
    package let placement: Placement
    /// What has been made so far, in an order in which it can run.
    package private(set) var units: [ProgramUnit<Target.Work>] = []

    private let target: Target

    init(_ placement: Placement, for target: Target) {
        self.placement = placement
        self.target = target
    }

    /// Adds a unit that reads some views in any order, and others element by element as it writes.
    package func append(
        _ label: String, _ work: Target.Work, reading otherReads: [View] = [],
        loops: [ProgramUnit<Target.Work>.Loop]
    ) {
        units.append(ProgramUnit(label, work, reading: otherReads, loops: loops))
    }

    /// Adds a unit that copies a view element by element.
    package func copy(_ source: View, to destination: View) {
        append(
            "copy", target.copy(source, to: destination),
            loops: [.init(reads: [source], writes: [destination])])
    }

    /// Where a tensor lies, which has been lowered or needs no kernel.
    package func view(of tensor: Tensor) -> View {
        placement.view(of: tensor, copy: contiguous)
    }

    /// The view itself if its elements lie in row-major order, else a copy of it that does.
    package func contiguous(_ view: View) -> View {
        if view.isContiguous { return view }
        let copy = View(Storage(view.storage.elementType, count: view.shape.count), view.shape)
        self.copy(view, to: copy)
        return copy
    }

    /// The operand of a kernel that needs its elements in row-major order.
    package func contiguousView(of tensor: Tensor) -> View { contiguous(view(of: tensor)) }

    /// Where the result of a kernel goes.
    package func destination(of tensor: Tensor) -> View { placement.destination(of: tensor) }

    /// Copies those parts of a concatenation that were not computed in their places.
    package func concatenate(_ node: Tensor, axis: Int) {
        let whole = destination(of: node)
        var start = 0
        for operand in node.operands {
            let source = view(of: operand)
            var lower = [Int](repeating: 0, count: node.shape.rank)
            lower[axis] = start
            let part = whole.sliced(from: lower, to: operand.shape)
            if !source.isSame(as: part) { copy(source, to: part) }
            start += operand.shape[axis]
        }
    }
}
