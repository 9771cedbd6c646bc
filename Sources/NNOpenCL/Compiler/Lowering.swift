import NNGraph

/// One command of a compiled graph before its memory is known.
struct Unit {
    /// What it reads and writes, for the memory plan.
    let reads: [View]
    let writes: [View]
    /// Those of `reads` of which each element is read before the same element of the results is
    /// written, and never again.
    let elementwiseReads: [View]
    /// What it does, once every storage has its buffer.
    let work: () throws -> Work
}

/// What a unit does.
enum Work {
    /// A kernel of `Kernels/`.
    case call(KernelCall)
    /// Something that a library enqueues.
    case command(any Command)
}

/// Something that a compiled graph enqueues on every run, with all its arguments bound.
protocol Command {
    /// What it computes, for listings and errors.
    var label: String { get }

    /// The kernel's name in `Kernels/`, or the library's for what it enqueues.
    var kernelName: String { get }

    /// What it moves and computes.
    var cost: Launch.Cost { get }

    /// Enqueues the command without waiting for it.
    func enqueue(on queue: Queue) throws

    /// Enqueues the command and returns the event that will tell when it ran.
    func enqueueProfiled(on queue: Queue) throws -> Event
}

extension Launch: Command {
    func enqueue(on queue: Queue) throws {
        try queue.enqueue(self)
    }

    func enqueueProfiled(on queue: Queue) throws -> Event {
        try queue.enqueueProfiled(self)
    }
}

/// Turns the steps of a fused graph into units over storages.
///
/// Views cost nothing: a movement operation only describes its operand's memory anew, and is copied
/// only for a kernel that needs its elements one after the other.
final class Lowering {
    let graph: Graph
    let kernels: KernelLibrary
    let products: MatrixProducts
    private(set) var units: [Unit] = []

    private let context: Context
    private var views: [Tensor: View] = [:]
    /// Tensors that are computed right into their part of a concatenation.
    private var places: [Tensor: (whole: Tensor, offset: Int)] = [:]
    private let padded: Set<Tensor>

    init(
        _ graph: Graph, kernels: KernelLibrary, products: MatrixProducts, context: Context,
        leaves: [String: Buffer]
    ) throws {
        self.graph = graph
        self.kernels = kernels
        self.products = products
        self.context = context
        for (name, leaf) in graph.leaves {
            guard let buffer = leaves[name] else { continue }
            let storage = Storage(leaf.type.elementType, count: leaf.shape.count, buffer: buffer)
            views[leaf] = View(storage, leaf.shape)
        }
        padded = kernels.form == .serial ? graph.tensorsToPad : []
        let fusion = FusionPlan(graph)
        for node in graph.nodes { planConcatenation(node) }
        for step in fusion.steps {
            switch step {
            case .group(let group) where group.source != nil: try lowerSource(of: group)
            case .group(let group) where group.isElementwise:
                try lowerElementwise(group.members, writing: group.outputs)
            case .group(let group): try lowerCrossEntropy(group)
            case .single(let node): try lower(node)
            }
        }
    }

    private func lowerSource(of group: Group) throws {
        guard let source = group.source else { return }
        if source.operation.isProduct {
            try lowerProduct(group)
        } else {
            try lowerReduction(source, of: group)
        }
    }

    // MARK: - Views

    /// Where a tensor lies, which has been lowered or needs no kernel.
    func view(of tensor: Tensor) throws -> View {
        // Views of views, from the outermost to the first that is known or is none: a chain may be
        // longer than the call stack allows.
        var chain: [Tensor] = []
        var base = tensor
        while views[base] == nil, base.operation.isMovement {
            chain.append(base)
            base = base.operands[0]
        }
        var view = try views[base] ?? baseView(of: base)
        views[base] = view
        for next in chain.reversed() {
            view = try self.view(of: next, in: view)
            views[next] = view
        }
        return view
    }

    /// Where a tensor lies that is no view of another.
    private func baseView(of tensor: Tensor) throws -> View {
        guard case .constant(let values, let type) = tensor.operation else {
            return destination(of: tensor)
        }
        return try constant(values, type)
    }

    /// Where a movement of what lies in `source` has its elements.
    private func view(of tensor: Tensor, in source: View) throws -> View {
        switch tensor.operation {
        case .broadcast(let shape): source.broadcast(to: shape)
        case .transpose(let permutation): source.transposed(permutation)
        case .slice(let lower, _): source.sliced(from: lower, to: tensor.shape)
        default: try source.reshaped(tensor.shape) ?? View(contiguous(source).storage, tensor.shape)
        }
    }

    /// The view itself if its elements lie in row-major order, else a copy of it that does.
    func contiguous(_ view: View) throws -> View {
        if view.isContiguous { return view }
        let copy = View(Storage(view.storage.elementType, count: view.shape.count), view.shape)
        self.copy(view, to: copy)
        return copy
    }

    /// The operand of a kernel that needs its elements in row-major order.
    func contiguousView(of tensor: Tensor) throws -> View { try contiguous(view(of: tensor)) }

    /// Where the result of a kernel goes: its part of a concatenation, or a storage of its own.
    func destination(of tensor: Tensor) -> View {
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

    /// A storage of a tensor's own.
    private func ownView(of tensor: Tensor) -> View {
        guard !padded.contains(tensor) else { return paddedView(tensor.type) }
        return View(Storage(tensor.type.elementType, count: tensor.shape.count), tensor.shape)
    }

    func append(
        reading reads: [View] = [], elementwise elementwiseReads: [View] = [],
        writing writes: [View], _ work: @escaping () throws -> Work
    ) {
        units.append(
            Unit(
                reads: reads + elementwiseReads, writes: writes,
                elementwiseReads: elementwiseReads, work: work))
    }

    private func constant(_ values: [Double], _ type: TensorType) throws -> View {
        let buffer = try context.pool.allocate(byteCount: 4 * values.count)
        if type.elementType == .float {
            try values.map { Float($0) }.withUnsafeBytes { bytes in
                try context.queue.write(bytes, to: buffer)
            }
        } else {
            try values.map { Int32($0) }.withUnsafeBytes { bytes in
                try context.queue.write(bytes, to: buffer)
            }
        }
        let storage = Storage(type.elementType, count: values.count, buffer: buffer)
        return values.count == type.shape.count
            ? View(storage, type.shape) : View(storage, [1]).broadcast(to: type.shape)
    }

    // MARK: - Concatenation

    /// Lets the operands of a concatenation along the outermost axis be computed in their places.
    private func planConcatenation(_ node: Tensor) {
        guard case .concatenate(let axis) = node.operation,
            node.shape.dimensions.prefix(axis).allSatisfy({ $0 == 1 })
        else { return }
        var offset = 0
        for operand in node.operands {
            var source = operand
            while case .reshape = source.operation { source = source.operands[0] }
            let isComputed =
                source.operation.leafName == nil && !source.operation.isMovement
                && !source.operation.isConstant
            if isComputed, places[source] == nil, views[source] == nil {
                places[source] = (node, offset)
            }
            offset += operand.shape.count
        }
    }

    func lowerConcatenation(_ node: Tensor, axis: Int) throws {
        let whole = destination(of: node)
        var start = 0
        for operand in node.operands {
            let source = try view(of: operand)
            var lower = [Int](repeating: 0, count: node.shape.rank)
            lower[axis] = start
            let part = whole.sliced(from: lower, to: operand.shape)
            if !source.isSame(as: part) { copy(source, to: part) }
            start += operand.shape[axis]
        }
    }
}

extension Operation {
    /// Whether the value is known when the graph is made.
    var isConstant: Bool {
        if case .constant = self { true } else { false }
    }
}
