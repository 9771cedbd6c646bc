import NNGraph
import Testing

@testable import NNCompiler

/// What `simplified(_:)` leaves out, and what it must not touch.
@Suite struct SimplificationTests {
    private let x: Tensor
    private let y: Tensor

    init() throws {
        x = try .input("x", [2, 3])
        y = try .input("y", [2, 3])
    }

    @Test func equalComputationsAreDoneOnce() throws {
        let graph = try simplified(Graph(outputs: ["a": exp(x) + y, "b": exp(x) - y]))
        #expect(names(graph).filter { $0 == "exp" }.count == 1)
    }

    @Test func equalComputationsOfEqualComputationsAreDoneOnce() throws {
        let graph = try simplified(Graph(outputs: ["a": tanh(exp(x)), "b": tanh(exp(x))]))
        #expect(graph.nodes.count == 3)
        #expect(graph.outputs[0].value == graph.outputs[1].value)
    }

    @Test func differentComputationsStayApart() throws {
        let graph = try simplified(
            Graph(outputs: ["a": x - y, "b": y - x, "c": x.sum([0]), "d": x.sum([1])]))
        #expect(graph.nodes.count == 6)
    }

    @Test func randomNumbersOfDifferentStreamsStayApart() throws {
        let step = try Tensor.input("step", [], .int32)
        func uniform(_ stream: UInt32) throws -> Tensor {
            try .uniform([3], seed: 1, stream: stream, step: step)
        }
        let graph = try simplified(
            Graph(outputs: ["a": uniform(0), "b": uniform(1), "c": uniform(0)]))
        #expect(names(graph).filter { $0 == "uniform" }.count == 2)
    }

    @Test func zerosOfDifferentSignStayApart() throws {
        let graph = try simplified(
            Graph(outputs: ["a": x / Tensor.constant(0), "b": x / Tensor.constant(-0.0)]))
        #expect(names(graph).filter { $0 == "divide" }.count == 2)
    }

    @Test func factorsOfOneDisappear() throws {
        try expect(x * 1, becomes: x)
        try expect(1 * x, becomes: x)
        try expect(x / 1, becomes: x)
        try expect(x * Tensor.constant(1, [2, 3]), becomes: x)
    }

    @Test func whatOnlyLooksNeutralStays() throws {
        // −0 + 0 is 0, and 1 / x is no x.
        for value in try [x + 0, 1 / x, x * 0, x - 0] {
            #expect(try simplified(Graph(outputs: ["y": value])).outputs[0].value != x)
        }
    }

    @Test func movementsWithoutEffectDisappear() throws {
        try expect(x.transpose([0, 1]), becomes: x)
        try expect(x.slice(0..<2), becomes: x)
        try expect(x.reshape([6]).reshape([2, 3]), becomes: x)
        try expect(concatenate([x]), becomes: x)
    }

    @Test func stoppedGradientsCostNothing() throws {
        try expect(stopGradient(x), becomes: x)
        let stopped = try exp(stopGradient(x)) + stopGradient(exp(x))
        let graph = try simplified(Graph(outputs: ["y": stopped]))
        #expect(names(graph) == ["input", "exp", "add"])
    }

    @Test func aTransposeOfASquareStays() throws {
        let square = try Tensor.input("square", [3, 3])
        let graph = try simplified(Graph(outputs: ["y": square.transpose()]))
        #expect(graph.outputs[0].value != square)
    }

    @Test func reshapesOfReshapesBecomeOne() throws {
        let graph = try simplified(Graph(outputs: ["y": x.reshape([6]).reshape([3, 2])]))
        #expect(names(graph) == ["input", "reshape"])
    }

    @Test func movedConstantsAreConstants() throws {
        let moved = try Tensor.constant(3).broadcast(to: [2, 5]).transpose().reshape([10])
        let graph = try simplified(Graph(outputs: ["y": moved.slice(2..<7)]))
        #expect(graph.nodes.map(\.operation) == [.constant([3], TensorType([5]))])
    }

    @Test func updatesAreSimplifiedToo() throws {
        let p = try Tensor.parameter("p", [2, 3])
        let graph = try simplified(Graph(updates: [(parameter: p, value: p * 1)]))
        #expect(graph.updates[0].value == p)
    }

    /// Constants are hashed by their first numbers and compared by all.
    @Test func longConstantsAreTheSameOnlyIfAllNumbersAre() throws {
        let long = [Double](repeating: 1, count: 1000)
        var other = long
        other[999] = 2
        let nan = [Double](repeating: .nan, count: 1000)
        let graph = try simplified(
            Graph(outputs: [
                "a": Tensor.constant(long, [1000]) + Tensor.constant(nan, [1000]),
                "b": Tensor.constant(long, [1000]) - Tensor.constant(nan, [1000]),
                "c": Tensor.constant(other, [1000]) * Tensor.constant(nan, [1000]),
            ]))
        #expect(names(graph).filter { $0 == "constant" }.count == 3)
    }

    private func names(_ graph: Graph) -> [String] { graph.nodes.map(\.operation.name) }

    private func expect(
        _ value: Tensor, becomes expected: Tensor, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let graph = try simplified(Graph(outputs: ["result": value]))
        #expect(graph.outputs[0].value == expected, sourceLocation: sourceLocation)
    }
}
