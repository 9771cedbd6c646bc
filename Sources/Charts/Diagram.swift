/// A drawing of boxes and arrows: the computational graph of a function.
public struct Diagram: Sendable {
    /// A box.
    public struct Node: Sendable {
        /// What it stands for.
        public let label: String
        /// What it amounts to, on a second line.
        public let value: String?
        /// Whether it stands out, as an input or a parameter.
        public let isAccented: Bool

        /// Creates a box.
        public init(_ label: String, value: String? = nil, isAccented: Bool = false) {
            self.label = label
            self.value = value
            self.isAccented = isAccented
        }
    }

    /// An arrow.
    public struct Edge: Sendable {
        /// The index of the box where it begins.
        public let start: Int
        /// The index of the box where it ends.
        public let end: Int
        /// What is written beside it.
        public let label: String?

        /// Creates an arrow.
        public init(from start: Int, to end: Int, label: String? = nil) {
            self.start = start
            self.end = end
            self.label = label
        }
    }

    /// What the picture shows, in a few words.
    public let title: String
    /// The boxes, each after all those that point to it.
    public let nodes: [Node]
    /// The arrows.
    public let edges: [Edge]
    /// What a reader should notice.
    public let caption: String

    /// Creates a drawing; every edge has to lead from a node to a later one.
    public init(_ title: String, nodes: [Node], edges: [Edge], caption: String = "") {
        self.title = title
        self.nodes = nodes
        self.edges = edges.filter {
            nodes.indices.contains($0.start) && nodes.indices.contains($0.end) && $0.start < $0.end
        }
        self.caption = caption
    }

    /// The boxes in rows, so that each arrow leads to a later row; a box stands as late as it may,
    /// right before the first that needs it.
    var layers: [[Int]] {
        var height = [Int](repeating: 0, count: nodes.count)
        for start in nodes.indices.reversed() {
            for edge in edges where edge.start == start {
                height[start] = max(height[start], height[edge.end] + 1)
            }
        }
        let highest = height.max() ?? -1
        var rows = [[Int]](repeating: [], count: highest + 1)
        for node in nodes.indices { rows[highest - height[node]].append(node) }
        return rows
    }
}
