import NNGraph
import NNReference
import Testing

@testable import NNCompiler

/// What becomes of sums and of what they add up.
@Suite struct SumTests {
    /// A batch of rows, normalized by column, and the gradient of a loss of it.
    private func normalization() throws -> Graph {
        let x = try Tensor.input("x", [64, 8, 4]), weight = try Tensor.input("w", [4])
        let mean = try x.mean([0, 1])
        let deviation = try x - mean
        let variance = try square(deviation).mean([0, 1])
        let y = try deviation * (1 / sqrt(variance + 1e-5)) * weight
        let slopes = try gradients(
            of: (y * Tensor.input("upstream", [64, 8, 4])).sum(), withRespectTo: [x, weight])
        return try Graph(outputs: [("dx", slopes[0]), ("dw", slopes[1])])
    }

    private func simple(_ graph: Graph) throws -> Graph {
        try simplified(factoringSums(of: simplified(settlingLayouts(of: graph))))
    }

    private func sums(of graph: Graph) -> [Tensor] {
        graph.nodes.filter { $0.operation.isReduction && $0.operands[0].shape.count > 100 }
    }

    private func results(_ graph: Graph, _ values: [String: [Double]]) throws -> [[Double]] {
        let backend = ReferenceBackend<Double>()
        let executable = try backend.compile(graph)
        for (name, values) in values {
            try backend.write(values, to: executable.buffer(named: name))
        }
        try executable.run()
        return try graph.outputs.map { try backend.read(executable.buffer(named: $0.name)) }
    }

    /// Of x, of its squared deviations, of the gradient, and of its products with deviations.
    @Test func aNormalizationAndItsGradientHaveFourSums() throws {
        let graph = try normalization()
        let factored = try simple(graph)
        #expect(sums(of: try simplified(graph)).count > 4)
        #expect(sums(of: factored).count == 4)
        var place: UInt64 = 3
        func numbers(_ count: Int) -> [Double] {
            (0..<count).map { _ in
                place = place &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Double(place >> 40) / 0x1p22 - 2
            }
        }
        let leaves = ["x": numbers(2048), "w": numbers(4), "upstream": numbers(2048)]
        for (plain, other) in zip(try results(graph, leaves), try results(factored, leaves)) {
            for (a, b) in zip(plain, other) { #expect(abs(a - b) <= 1e-11) }
        }
    }

    /// What one sum is a multiple of another by comes out of both; a single one stays as it is.
    @Test func multiplesOfASumAreOne() throws {
        let x = try Tensor.input("x", [16, 32]), c = try Tensor.input("c", [32])
        let several = try Graph(outputs: [
            ("a", (x * c).sum([0])), ("b", (-x / c).sum([0])), ("plain", x.sum([0])),
        ])
        #expect(sums(of: try simple(several)).count == 1)
        let single = try Graph(outputs: [("a", (x * c).sum([0]))])
        #expect(try simple(single).nodes.count == simplified(single).nodes.count)
        // Along the other axis c differs.
        let other = try Graph(outputs: [("a", (x * c).sum([1])), ("b", x.sum([1]))])
        #expect(sums(of: try simple(other)).count == 2)
    }

    /// Where the numbers nearly cancel, the sum of their differences has digits that the difference of their sums has not.
    @Test func differencesAreAddedUp() throws {
        let x = try Tensor.input("x", [16, 32]), y = try Tensor.input("y", [16, 32])
        let graph = try Graph(outputs: [
            ("difference", (x - y).sum([0])), ("first", x.sum([0])), ("second", y.sum([0])),
            ("shifted", (x - 1000).sum([0])), ("other", (x - y.mean([0])).sum([0])),
        ])
        #expect(sums(of: try simple(graph)).count == 5)
    }

    /// A deviation is made by each that reads it, and written by none.
    @Test func deviationsAreMadeWhereTheyAreRead() throws {
        let graph = try recomputing(simple(normalization()))
        let groups = try Fusion.groups(of: graph)
        let written = groups.flatMap(\.outputs).filter { $0.shape.count == 2048 }
        #expect(written.count == 1)
        let reductions = groups.filter { $0.source?.operation.isReduction == true }
        #expect(reductions.count { !$0.prologue.isEmpty } == 2)
    }

    /// Chains of what may be recomputed do not grow with the square of their length.
    @Test func longChainsStayLinear() throws {
        var x = try Tensor.input("x", [64]), outputs: [(String, Tensor)] = []
        for index in 0..<500 {
            x = try x + Tensor.input("c\(index)", [1])
            outputs.append(("y\(index)", try tanh(x)))
        }
        #expect(try recomputing(Graph(outputs: outputs)).nodes.count < 500 * 12)
    }
}
