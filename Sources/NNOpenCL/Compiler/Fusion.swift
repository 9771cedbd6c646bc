import NNGraph

/// Operations that one kernel computes together.
///
/// Elementwise operations of one shape, whose inner values live in registers, perhaps after the
/// matrix product or the reduction that they begin with; those that what is reduced is computed by;
/// a product and sums of its left operand, each with what follows them; a softmax cross-entropy
/// together with its gradient, perhaps after the narrow product that makes the logits.
final class Group {
    let shape: Shape
    /// Operands before results.
    fileprivate(set) var members: [Tensor]
    /// The members that something outside of the group reads.
    fileprivate(set) var outputs: [Tensor] = []
    /// The matrix product or reduction whose epilogue the other members are.
    fileprivate(set) var source: Tensor?
    /// The sums of the columns of the product's left operand, which are a member with an epilogue of
    /// its own.
    var columnSums: Tensor?

    fileprivate init(_ first: Tensor, _ others: Tensor...) {
        shape = first.shape
        members = [first] + others
    }

    /// Whether the members are elementwise operations and nothing else.
    var isElementwise: Bool { members.allSatisfy(\.operation.isElementwise) }

    /// The elementwise operations that follow a product or a reduction, and what of it and of them
    /// is read outside of the group.
    func epilogue(of source: Tensor) -> (members: [Tensor], outputs: [Tensor]) {
        let own = members.filter { $0.shape == source.shape && $0.operation.isElementwise }
        return (own, outputs.filter { $0 == source || own.contains($0) })
    }

    /// The loss of each row of a product, which is a member.
    var loss: Tensor? { members.first { $0.operation == .softmaxCrossEntropy } }

    /// The gradient of the loss, if it is a member.
    var lossGradient: Tensor? {
        members.first { $0.operation == .softmaxCrossEntropyGradient }
    }

    /// The prediction of each row, if it is a member.
    var prediction: Tensor? { members.first(where: \.operation.isArgmax) }

    /// The elementwise operations that compute what a reduction reduces.
    func input(of source: Tensor) -> [Tensor] {
        members.filter { $0.shape == source.operands[0].shape }
    }
}

/// Which operations run together, and in which order.
struct FusionPlan {
    /// One step of the program.
    enum Step {
        case group(Group)
        case single(Tensor)
    }

    /// The steps, each after everything that it reads.
    private(set) var steps: [Step] = []

    let graph: Graph
    let consumers: [Tensor: [Tensor]]
    /// What is needed after a run.
    let kept: Set<Tensor>
    var groupOf: [Tensor: Group] = [:]

    private let position: [Tensor: Int]

    /// Kernels are kept well below the 1024 bytes of arguments that every OpenCL device allows.
    private static let operandLimit = 24

    /// The most operations of a kernel: compilers take more than twice as long for twice the text, and
    /// far fewer hide what a launch costs.
    private static let memberLimit = 512

    init(_ graph: Graph) {
        self.graph = graph
        var position: [Tensor: Int] = [:]
        var consumers: [Tensor: [Tensor]] = [:]
        for (index, node) in graph.nodes.enumerated() {
            position[node] = index
            for operand in Set(node.operands) { consumers[operand, default: []].append(node) }
        }
        self.position = position
        self.consumers = consumers
        self.kept = Set(graph.outputs.map(\.value) + graph.updates.map(\.value))
        pairCrossEntropies()
        groupElementwise()
        attachSources()
        joinColumnSums()
        joinInputs()
        joinLosses()
        finishGroups()
        order()
    }

    // MARK: - Grouping

    /// Loss and gradient of the same logits and labels share one pass over each row.
    private mutating func pairCrossEntropies() {
        for loss in graph.nodes where loss.operation == .softmaxCrossEntropy {
            let gradient = consumers[loss.operands[0]]?.first {
                $0.operation == .softmaxCrossEntropyGradient
                    && Array($0.operands.prefix(2)) == loss.operands && groupOf[$0] == nil
            }
            guard let gradient, !reaches([loss], { $0 == gradient }) else { continue }
            let pair = Group(loss, gradient)
            groupOf[loss] = pair
            groupOf[gradient] = pair
        }
    }

    private mutating func groupElementwise() {
        for node in graph.nodes.reversed() where node.operation.isElementwise {
            let readers = consumers[node] ?? []
            // A uniform's step is one number for all elements, so it is never part of a group.
            let candidates = readers.compactMap { reader in
                reader.operation.isElementwise && reader.shape == node.shape
                    ? groupOf[reader] : nil
            }
            let joined = candidates.first { group in
                let inside = readers.filter { groupOf[$0] === group }
                let isInner = inside.count == readers.count && !kept.contains(node)
                guard isInner || !leavesAndReturns(node, to: group) else { return false }
                return fits(node, in: group)
            }
            if let joined {
                joined.members.append(node)
                groupOf[node] = joined
            } else {
                groupOf[node] = Group(node)
            }
        }
    }

    /// A product or reduction takes the elementwise operations along that read nothing but it and
    /// what is ready before, so that its result may never need memory.
    private mutating func attachSources() {
        for node in graph.nodes where node.operation.isProduct || node.operation.isReduction {
            let group = (consumers[node] ?? []).compactMap { groupOf[$0] }.first { group in
                group.isElementwise && group.shape == node.shape
                    && !leavesAndReturns(node, to: group) && fits(node, in: group)
            }
            group?.members.append(node)
            groupOf[node] = group ?? Group(node)
            groupOf[node]?.source = node
        }
    }

    /// Adds operations, which may be all members of another group, to a group.
    mutating func join(_ members: [Tensor], to group: Group) {
        for member in members { groupOf[member] = group }
        group.members += members
    }

    /// Whether the group would have to wait for something that in turn waits for the group.
    private func leavesAndReturns(_ node: Tensor, to group: Group) -> Bool {
        let outside = (consumers[node] ?? []).filter { groupOf[$0] !== group }
        return outside.contains { consumer in
            reaches([consumer] + (groupOf[consumer]?.members ?? [])) { groupOf[$0] === group }
        }
    }

    /// Whether operations could run after a group in the same kernel: nothing has to run between.
    func canFollow(_ members: [Tensor], _ group: Group) -> Bool {
        let outside = group.members.flatMap { consumers[$0] ?? [] }
            .filter { groupOf[$0] !== group && !members.contains($0) }
        return fits(group.members + members)
            && !reaches(members) { groupOf[$0] === group }
            && !outside.contains { consumer in
                reaches([consumer] + (groupOf[consumer]?.members ?? []), members.contains)
            }
    }

    /// Whether a tensor for which `found` holds is computed from any of the given ones, directly or
    /// through other members of a group on the way.
    func reaches(_ start: [Tensor], _ found: (Tensor) -> Bool) -> Bool {
        var seen = Set(start)
        var stack = start
        while let node = stack.popLast() {
            for next in consumers[node] ?? [] {
                if found(next) { return true }
                for member in [next] + (groupOf[next]?.members ?? [])
                where seen.insert(member).inserted { stack.append(member) }
            }
        }
        return false
    }

    private func fits(_ node: Tensor, in group: Group) -> Bool { fits(group.members + [node]) }

    /// Whether operations have few enough operands and results to be one kernel.
    func fits(_ operations: [Tensor]) -> Bool {
        guard operations.count <= Self.memberLimit else { return false }
        let members = Set(operations)
        let read = Set(members.flatMap(\.operands)).subtracting(members)
        let numbers = read.count { $0.repeatedValue != nil }
        let tensors = read.count - numbers + members.count(where: isReadOutside)
        // A number is an argument of four bytes, a tensor some of twenty.
        return tensors + numbers / 4 <= Self.operandLimit
    }

    func isReadOutside(_ member: Tensor) -> Bool {
        kept.contains(member)
            || consumers[member, default: []].contains { groupOf[$0] !== groupOf[member] }
    }

    private func finishGroups() {
        for node in graph.nodes {
            guard let group = groupOf[node], isReadOutside(node) else { continue }
            group.outputs.append(node)
        }
        for group in groupOf.values {
            group.members.sort { position[$0, default: 0] < position[$1, default: 0] }
        }
    }

    // MARK: - Order

    /// Depth first from the outputs, then from the updates, so that what replaces a parameter comes
    /// after what still reads it wherever the graph allows.
    private mutating func order() {
        var done: Set<ObjectIdentifier> = []
        var stack: [(members: [Tensor], operands: [Tensor])] = []
        func unit(_ node: Tensor) -> (key: ObjectIdentifier, members: [Tensor]) {
            groupOf[node].map { (ObjectIdentifier($0), $0.members) }
                ?? (ObjectIdentifier(node), [node])
        }
        func push(_ node: Tensor) {
            let (key, members) = unit(node)
            guard done.insert(key).inserted else { return }
            stack.append((members, members.flatMap(\.operands).reversed()))
        }
        for root in graph.nodes {
            push(root)
            while let top = stack.last {
                if let operand = top.operands.last {
                    stack[stack.count - 1].operands.removeLast()
                    push(operand)
                } else {
                    stack.removeLast()
                    steps.append(
                        groupOf[top.members[0]].map { .group($0) } ?? .single(top.members[0]))
                }
            }
        }
    }
}
