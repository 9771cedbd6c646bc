import NNGraph
import NNReference
import Testing

/// Graphs whose outputs get their names at run time.
@Suite struct GraphTests {
    private let x: Tensor

    init() throws { x = try .input("x", [2]) }

    @Test func outputsOfADictionaryAreInTheOrderOfTheirNames() throws {
        let outputs = Dictionary(
            uniqueKeysWithValues: try ["c", "a", "d", "b"].map { ($0, try exp(x)) })
        let graph = try Graph(outputs: outputs)
        #expect(graph.outputs.map(\.name) == ["a", "b", "c", "d"])
        for output in graph.outputs { #expect(output.value == outputs[output.name]) }
    }

    @Test func outputsOfAListAreInItsOrder() throws {
        let names = ["c", "a", "b"], values = try names.map { _ in try exp(x) }
        let p = try Tensor.parameter("p", [2])
        let graph = try Graph(outputs: zip(names, values), updates: [(p, p + x)])
        #expect(graph.outputs.map(\.name) == names)
        #expect(graph.outputs.map(\.value) == values)
        #expect(graph.updates.count == 1)
        #expect(try Graph(outputs: [("z", x), ("y", x)]).outputs.map(\.name) == ["z", "y"])
    }

    @Test func aLiteralKeepsItsOrder() throws {
        #expect(try Graph(outputs: ["z": x, "y": x]).outputs.map(\.name) == ["z", "y"])
    }

    @Test func namesAreStillDifferent() throws {
        let error = #expect(throws: GraphError.self) {
            try Graph(outputs: [("y", x), ("y", x * 2)])
        }
        #expect(error == .duplicateName("y"))
    }
}
