/// The nodes of a graph in clusters, in an order in which each can run after what it reads.
///
/// Merging clusters may close a circle: one that waits for the other and is waited for by it, by way
/// of a third. The order tells most cases at once, since what comes later leads to nothing before; a
/// search between the two places decides the rest, and the order is mended after each merger (after
/// Pearce and Kelly, "A dynamic topological sort algorithm for directed acyclic graphs", 2006).
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

    /// The edges that a search follows before it gives up, which counts as a circle: a fusion less
    /// costs little, and a search through all of a deep network, for each of its nodes, much.
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

    /// Puts two clusters together, unless that closes a circle or they are more to each other than they
    /// may be; returns which of both numbers the result has.
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
        for cluster in between.sorted(by: { labels[$0] > labels[$1] }) {
            unlink(cluster)
            link(cluster, after: second)
        }
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

    private mutating func link(_ cluster: Int, after other: Int) {
        let end = members.count
        var follower = next[other]
        if follower != end, labels[follower] - labels[other] < 2 {
            relabel()
            follower = next[other]
        }
        labels[cluster] =
            follower == end
            ? labels[other] + Self.spacing : (labels[other] + labels[follower]) / 2
        (next[other], previous[cluster]) = (cluster, other)
        (next[cluster], previous[follower]) = (follower, cluster)
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
