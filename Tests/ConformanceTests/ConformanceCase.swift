import NNGraph
import NNReference
import TestSupport
import Testing

/// One entry of the conformance table: a small computation that every backend must agree on.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
    /// How a result is held against the reference.
    enum Comparison: Sendable {
        /// Within the bound, which must be a close one.
        case bounded
        /// Within the bound, where infinities, NaN or cancellation leave none that is close.
        case special
        /// Bit for bit: nothing is rounded, or every backend must round alike.
        case exact
    }

    let name: String
    let leaves: [Leaf]
    var comparison = Comparison.bounded
    /// The leaves to differentiate with respect to; none if the case has kinks or is large.
    var differentiated: [Int] = []
    let build: @Sendable ([Tensor]) throws -> Tensor

    init(
        _ name: String, _ leaves: [Leaf], _ comparison: Comparison = .bounded,
        differentiated: [Int] = [], build: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) {
        self.name = name
        self.leaves = leaves
        self.comparison = comparison
        self.differentiated = differentiated
        self.build = build
    }

    var testDescription: String { name }

    /// The whole table.
    static let all: [ConformanceCase] =
        elementwise + conversions + movement + windows + concatenations + reductions + products
        + indexing
        + softmaxes + leavesAndConstants + specials + gradientCases + compositions + attentions

    /// The leaves as tensors and the result.
    func tensors() throws -> (leaves: [Tensor], result: Tensor) {
        let inputs = try leaves.enumerated().map { index, leaf in
            try Tensor.input("x\(index)", leaf.type.shape, leaf.type.elementType)
        }
        return (inputs, try build(inputs))
    }

    /// The elements of the leaves, the same in every process.
    func values() -> [Values] {
        var random = Randomness(name)
        return leaves.map { $0.make(&random) }
    }

    func graph() throws -> Graph { try Graph(outputs: ["y": tensors().result]) }
}

/// Runs a graph with its inputs set and hands over the executable.
@discardableResult
func run(
    _ graph: Graph, on backend: any Backend, inputs: [Values], times: Int = 1
) throws -> any Executable {
    let executable = try backend.compile(graph)
    let leaves = Set(graph.leaves.map(\.name))
    for (index, values) in inputs.enumerated() where leaves.contains("x\(index)") {
        try backend.write(values, to: executable.buffer(named: "x\(index)"))
    }
    for _ in 0..<times { try executable.run() }
    return executable
}
