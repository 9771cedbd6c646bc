import NNGraph

/// Which operations one kernel computes together, as it is found out rule by rule.
///
/// Every operation begins as a *cluster* of its own; rules merge clusters where that saves a kernel or
/// a way through memory, and no kernel comes to wait for itself. A cluster that has a
/// ``KernelGroup`` knows the roles of its members.
package struct Fusion {
    let graph: Graph
    /// The nodes of the graph, operands before results; all other lists go by their places.
    let nodes: [Tensor]
    /// The nodes that read each node.
    let consumers: [[Int]]
    /// Whether a node's value is needed after a run.
    let isKept: [Bool]

    private let places: [Tensor: Int]
    private var clusters: ClusterOrder
    private var groups: [KernelGroup?]
    private var footprints: [Footprint?]

    /// What a kernel has to be told of, by places of nodes.
    private struct Footprint {
        var memberCount = 1
        /// What is read of other clusters.
        var reads: Set<Int>
        /// The members that others read.
        var writes: [Int]
    }

    /// The tensors that a kernel reads and writes at most: devices limit the bytes of its arguments.
    private static let operandLimit = 24

    /// The most operations of a kernel: compilers take more than twice as long for twice the text, and
    /// far fewer hide what a launch costs.
    private static let memberLimit = 512

    /// Nothing is fused yet.
    package init(of graph: Graph) {
        self.graph = graph
        nodes = graph.nodes
        var places = [Tensor: Int](minimumCapacity: nodes.count)
        var consumers: [[Int]] = nodes.map { _ in [] }
        for (place, node) in nodes.enumerated() {
            places[node] = place
            for operand in Set(node.operands.compactMap { places[$0] }) {
                consumers[operand].append(place)
            }
        }
        var isKept = [Bool](repeating: false, count: nodes.count)
        for value in graph.outputs.map(\.value) + graph.updates.map(\.value) {
            if let place = places[value] { isKept[place] = true }
        }
        self.places = places
        self.consumers = consumers
        self.isKept = isKept
        clusters = ClusterOrder(consumers: consumers)
        groups = nodes.map { _ in nil }
        footprints = nodes.map { _ in nil }
    }

    // MARK: - What rules ask

    /// The place of a node.
    func place(of node: Tensor) -> Int { places[node, default: -1] }

    /// The nodes that read a node.
    func readers(of node: Tensor) -> [Tensor] { consumers[place(of: node)].map { nodes[$0] } }

    /// The group that a node is a member of, if it is of any.
    func group(of node: Tensor) -> KernelGroup? { groups[clusters[place(of: node)]] }

    /// Whether a value is needed after a run, or read by another cluster.
    func isReadOutside(_ node: Tensor) -> Bool {
        let place = place(of: node), own = clusters[place]
        return isKept[place] || consumers[place].contains { clusters[$0] != own }
    }

    // MARK: - What rules do

    /// Gives a node that has none a group, in which it gets a role.
    mutating func startGroup(_ node: Tensor, as role: (KernelGroup) -> Void) {
        let cluster = clusters[place(of: node)]
        let group = groups[cluster] ?? KernelGroup()
        role(group)
        groups[cluster] = group
    }

    /// Makes a node's cluster part of the group of another node, unless that makes a kernel wait for
    /// itself or grow too large; `roles` says what becomes of both groups' members.
    mutating func join(
        _ node: Tensor, _ relation: ClusterOrder.Relation, _ other: Tensor,
        as roles: (_ joined: KernelGroup, _ group: KernelGroup) -> Void
    ) -> Bool {
        let (a, b) = (clusters[place(of: node)], clusters[place(of: other)])
        guard a != b, let group = groups[b] else { return false }
        let whole = combined(footprint(of: a), footprint(of: b), a, b)
        guard fits(whole), let merged = clusters.merge(a, relation, b) else { return false }
        roles(groups[a] ?? KernelGroup(), group)
        (groups[a], groups[b]) = (nil, nil)
        (footprints[a], footprints[b]) = (nil, nil)
        groups[merged] = group
        footprints[merged] = whole
        return true
    }

    // MARK: - Size

    private func footprint(of cluster: Int) -> Footprint {
        // A cluster that has joined nothing is one node.
        footprints[cluster]
            ?? Footprint(
                reads: Set(nodes[cluster].operands.compactMap { places[$0] }), writes: [cluster])
    }

    private func combined(_ a: Footprint, _ b: Footprint, _ first: Int, _ second: Int) -> Footprint
    {
        func isInside(_ place: Int) -> Bool {
            clusters[place] == first || clusters[place] == second
        }
        return Footprint(
            memberCount: a.memberCount + b.memberCount,
            reads: a.reads.union(b.reads).filter { !isInside($0) },
            writes: (a.writes + b.writes).filter { place in
                isKept[place] || consumers[place].contains { !isInside($0) }
            })
    }

    private func fits(_ footprint: Footprint) -> Bool {
        guard footprint.memberCount <= Self.memberLimit else { return false }
        let numbers = footprint.reads.count { nodes[$0].repeatedValue != nil }
        let tensors = footprint.reads.count - numbers + footprint.writes.count
        // A number is an argument of four bytes, a tensor some of twenty.
        return tensors + numbers / 4 <= Self.operandLimit
    }

    // MARK: - The result

    /// The groups, each after all that it reads.
    ///
    /// Depth first in the order of the graph: outputs, then updates as listed. An update that so comes
    /// before another reader of its parameter is not done in place but copied at the end.
    func orderedGroups() -> [KernelGroup] {
        var done = [Bool](repeating: false, count: nodes.count)
        var stack: [(cluster: Int, operands: [Int])] = []
        var ordered: [KernelGroup] = []
        func push(_ place: Int) {
            let cluster = clusters[place]
            guard !done[cluster] else { return }
            done[cluster] = true
            let operands = clusters.members[cluster].sorted().flatMap { nodes[$0].operands }
            stack.append((cluster, operands.reversed().compactMap { places[$0] }))
        }
        for root in nodes.indices {
            push(root)
            while let top = stack.last {
                if let operand = top.operands.last {
                    stack[stack.count - 1].operands.removeLast()
                    push(operand)
                } else {
                    stack.removeLast()
                    if let group = groups[top.cluster] {
                        finish(group, clusters.members[top.cluster])
                        ordered.append(group)
                    }
                }
            }
        }
        return ordered
    }

    /// Puts each role's members in order and says which of all are read outside.
    private func finish(_ group: KernelGroup, _ members: [Int]) {
        func inOrder(_ tensors: [Tensor]) -> [Tensor] {
            tensors.sorted { places[$0, default: 0] < places[$1, default: 0] }
        }
        group.prologue = inOrder(group.prologue)
        group.epilogue = inOrder(group.epilogue)
        if let sums = group.columnSums { group.columnSums?.epilogue = inOrder(sums.epilogue) }
        if let loss = group.loss { group.loss?.epilogue = inOrder(loss.epilogue) }
        group.outputs = members.sorted().map { nodes[$0] }.filter(isReadOutside)
    }
}

/// A way to fuse kernels.
///
/// Rules run one after the other; each goes through the whole graph.
package protocol FusionRule: SendableMetatype {
    /// What it does, for listings.
    static var name: String { get }

    /// The rules that must have run before: it looks at the groups that they make.
    static var predecessors: [any FusionRule.Type] { get }

    /// Makes and merges groups.
    static func apply(to fusion: inout Fusion)
}

extension Fusion {
    /// The rules in the order in which they run.
    package static let rules: [any FusionRule.Type] = [
        CrossEntropyPairRule.self,  // loss and gradient of the same logits share a pass over rows
        ProductSumsRule.self,  // a reduction takes in the products that it adds up
        ElementwiseRule.self,  // elementwise operations of one shape become one loop
        EpilogueRule.self,  // a product or reduction takes in what follows it element by element
        ColumnSumsRule.self,  // dW takes in db
        PrologueRule.self,  // a reduction of rows takes in what computes its operand
        NarrowLossRule.self,  // the last product takes in its loss
        SingleOperationRule.self,  // every other operation is a kernel of its own
    ]

    /// The kernels of a graph by some rules.
    ///
    /// - Throws: ``CompilerError/ruleOrder(rule:before:)`` if a rule comes before one that it builds on.
    package static func groups(
        of graph: Graph, by rules: [any FusionRule.Type] = rules
    ) throws(CompilerError) -> [KernelGroup] {
        var fusion = Fusion(of: graph)
        for (place, rule) in rules.enumerated() {
            let earlier = rules[..<place].map { ObjectIdentifier($0) }
            for needed in rule.predecessors where !earlier.contains(ObjectIdentifier(needed)) {
                throw .ruleOrder(rule: rule.name, before: needed.name)
            }
            rule.apply(to: &fusion)
        }
        return fusion.orderedGroups()
    }
}
