import TestSupport
import Testing

@testable import NNCompiler

/// Clusters merge where no path leads out of them and back, and only there.
@Suite struct ClusterOrderTests {
    /// The edges of a random graph, from lower numbers to higher ones.
    private func edges(_ count: Int, _ random: inout Randomness) -> [[Int]] {
        (0..<count).map { node in
            ((node + 1)..<max(node + 1, count)).filter { _ in random.bool(0.1) }
        }
    }

    @Test func aPathThroughAThirdIsACircle() {
        // 0 is read by 1 and 2, and 1 by 2.
        var order = ClusterOrder(consumers: [[1, 2], [2], []])
        #expect(order.merge(0, .feeding, 2) == nil)
        #expect(order.merge(0, .feeding, 1) != nil)
        #expect(order.merge(1, .feeding, 2) != nil)
        #expect(Set([order[0], order[1], order[2]]).count == 1)
    }

    @Test func relationsSayWhoMayReadWhom() {
        var order = ClusterOrder(consumers: [[1], [], []])
        #expect(order.merge(0, .beside, 1) == nil)
        #expect(order.merge(0, .following, 1) == nil)
        #expect(order.merge(2, .beside, 0) != nil)
        #expect(order.merge(1, .following, 0) != nil)
    }

    /// After any number of mergers the clusters still have an order, and what was refused would have
    /// left none.
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func mergersAgreeWithASearchThroughAll(seed: UInt64) {
        var random = Randomness(seed)
        let count = 40
        let consumers = edges(count, &random)
        var order = ClusterOrder(consumers: consumers)
        for _ in 0..<120 {
            let node = random.integer(0...count - 2)
            let other = random.integer(node + 1...count - 1)
            let (a, b) = (order[node], order[other])
            guard a != b else { continue }
            let clusters = (0..<count).map { order[$0] }
            // Direct edges from the first to the second are allowed, all other paths are not.
            let circle =
                reaches(b, a, consumers, clusters, direct: true)
                || reaches(a, b, consumers, clusters, direct: false)
            #expect((order.merge(a, .feeding, b) == nil) == circle, "\(node), \(other)")
        }
    }

    /// Whether a path leads from one cluster to another; without direct ones, by way of a third.
    private func reaches(
        _ a: Int, _ b: Int, _ consumers: [[Int]], _ clusters: [Int], direct: Bool
    ) -> Bool {
        var seen: Set<Int> = [a]
        var stack = [a]
        while let cluster = stack.popLast() {
            for node in clusters.indices where clusters[node] == cluster {
                for next in consumers[node].map({ clusters[$0] }) {
                    if next == b {
                        if direct || cluster != a { return true }
                    } else if seen.insert(next).inserted {
                        stack.append(next)
                    }
                }
            }
        }
        return false
    }
}
