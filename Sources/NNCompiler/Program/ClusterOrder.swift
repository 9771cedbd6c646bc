/// The nodes of a graph in clusters, in an order in which each can run after what it reads.
///
/// Merging two clusters creates a cycle of dependencies if a path connects them through a third. Such a
/// path lies between both in the topological order: only that part is searched, and a search that gives
/// up after ``searchLimit`` edges refuses the merger. Then the order is mended: what the search has met
/// depends on the first cluster and moves behind the second, where the merged one stands (dynamic
/// topological sorting, as by Pearce and Kelly, 2006, with a search in one direction).
struct ClusterOrder {
    /// The nodes that read each node.
    let consumers: [[Int]]
    /// The nodes of each cluster; empty for one that another has taken in.
    private(set) var members: [[Int]]

    private var clusterOf: [Int]
    /// Ascending along the order.
    private var labels: [Int]
    private var next: [Int]
    private var previous: [Int]
    /// By which search a cluster was last met.
    private var marks: [Int]
    private var search = 0

    /// The edges that a search follows before it gives up, which counts as a cycle.
    ///
    /// A fusion less costs little, a search through all of a deep network for each of its nodes much. The
    /// limit is what keeps fusion linear.
    static let searchLimit = 4096

    /// The distance of the labels at first.
    private static let spacing = 1 << 32

    /// A cluster for each node of a graph, given who reads it; operands come before results.
    init(consumers: [[Int]]) {
        self.consumers = consumers
        let count = consumers.count
        members = (0..<count).map { [$0] }
        clusterOf = Array(0..<count)
        labels = (0..<count).map { $0 * Self.spacing }
        // A ring with an entry more, which is before the first and after the last.
        next = (0...count).map { ($0 + 1) % (count + 1) }
        previous = (0...count).map { ($0 + count) % (count + 1) }
        marks = [Int](repeating: 0, count: count)
    }

    /// The cluster that a node is in.
    subscript(node: Int) -> Int { clusterOf[node] }

    /// What a cluster that joins another may be to it.
    enum Relation {
        /// The other may read its results.
        case feeding
        /// It may read the other's results.
        case following
        /// Neither may read the other's.
        case beside
    }

    /// Merges two clusters and returns the index of the result; nil if that would create a cycle, or if
    /// one reads the other directly against `relation`.
    mutating func merge(_ a: Int, _ relation: Relation, _ b: Int) -> Int? {
        let (first, second) = labels[a] < labels[b] ? (a, b) : (b, a)
        let mayFeed = relation == .feeding && first == a || relation == .following && first == b
        guard let between = reached(from: first, before: second, orDirectly: mayFeed) else {
            return nil
        }
        for node in members[first] { clusterOf[node] = second }
        members[second] += members[first]
        members[first] = []
        unlink(first)
        // What reads the first one has to come after the whole.
        let run = between.sorted { labels[$0] < labels[$1] }
        run.forEach { unlink($0) }
        link(run, after: second)
        return second
    }

    /// The clusters between two that wait for the first; nil if the second one waits for them, too.
    private mutating func reached(
        from first: Int, before second: Int, orDirectly mayFeed: Bool
    ) -> [Int]? {
        search += 1
        marks[first] = search
        var found: [Int] = []
        var stack = [first]
        var edges = 0
        while let cluster = stack.popLast() {
            for node in members[cluster] {
                for consumer in consumers[node] {
                    edges += 1
                    let next = clusterOf[consumer]
                    if next == second {
                        if cluster == first, mayFeed { continue }
                        return nil
                    }
                    guard labels[next] < labels[second], marks[next] != search else { continue }
                    guard edges <= Self.searchLimit else { return nil }
                    marks[next] = search
                    found.append(next)
                    stack.append(next)
                }
            }
        }
        return found
    }

    // MARK: - The order

    private mutating func unlink(_ cluster: Int) {
        next[previous[cluster]] = next[cluster]
        previous[next[cluster]] = previous[cluster]
    }

    /// Puts clusters behind another one, with labels spread over the gap.
    private mutating func link(_ run: [Int], after other: Int) {
        let end = members.count
        if next[other] != end, labels[next[other]] - labels[other] <= run.count { relabel() }
        let follower = next[other]
        let gap =
            follower == end
            ? (run.count + 1) * Self.spacing : labels[follower] - labels[other]
        var last = other
        for (place, cluster) in run.enumerated() {
            labels[cluster] = labels[other] + gap / (run.count + 1) * (place + 1)
            (next[last], previous[cluster]) = (cluster, last)
            last = cluster
        }
        (next[last], previous[follower]) = (follower, last)
    }

    private mutating func relabel() {
        var label = 0
        var cluster = next[members.count]
        while cluster != members.count {
            labels[cluster] = label
            label += Self.spacing
            cluster = next[cluster]
        }
    }
}
