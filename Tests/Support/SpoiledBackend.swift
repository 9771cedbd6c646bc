import NNGraph

/// A backend that from some moment on computes something else than it is asked for, as a broken driver
/// does: every graph is compiled twice, as it is and spoiled, and both work on the same memory.
package final class SpoiledBackend: ForwardingBackend {
    /// Whether the spoiled graphs are run.
    package var isWrong = false
    private let spoil: (Graph) throws -> Graph

    /// Creates a backend that is right until it is told not to be.
    package init(_ inner: any Backend, spoiling spoil: @escaping (Graph) throws -> Graph) {
        self.spoil = spoil
        super.init(inner)
    }

    override package func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        let right = try super.compile(graph, binding: buffers)
        let spoiled = try spoil(graph)
        let leaves = try Dictionary(
            uniqueKeysWithValues: spoiled.leaves.map { ($0.name, try right.buffer(named: $0.name)) }
        )
        return SpoiledExecutable(
            right: right, wrong: try super.compile(spoiled, binding: leaves),
            outputs: graph.outputs.map(\.name), backend: self)
    }
}

private final class SpoiledExecutable: Executable {
    private let right: any Executable
    private let wrong: any Executable
    private let outputs: [String]
    private let backend: SpoiledBackend

    init(
        right: any Executable, wrong: any Executable, outputs: [String], backend: SpoiledBackend
    ) {
        self.right = right
        self.wrong = wrong
        self.outputs = outputs
        self.backend = backend
    }

    func run() throws {
        guard backend.isWrong else { return try right.run() }
        try wrong.run()
        // Whoever holds the memory of an output sees what was computed, too.
        for name in outputs {
            try backend.inner.copy(
                wrong.buffer(named: name), from: 0, to: right.buffer(named: name))
        }
    }

    func buffer(named name: String) throws -> any TensorBuffer { try right.buffer(named: name) }
}

extension Graph {
    /// The graph with every node that is picked computed wrongly: a product or a sum without its last
    /// term, as of a kernel that forgets the edge of its tile.
    package func droppingLastTerm(where isPicked: (Tensor) -> Bool) throws -> Graph {
        let picked = nodes.filter(isPicked)
        return try replacing(
            Dictionary(uniqueKeysWithValues: picked.map { ($0, try $0.withoutLastTerm()) }))
    }
}

extension Tensor {
    /// The product or sum without its last term; anything else as it is.
    fileprivate func withoutLastTerm() throws -> Tensor {
        func dropped(_ operand: Tensor, _ axis: Int) throws -> Tensor {
            try operand.slice(0..<operand.shape[axis] - 1, axis: axis)
        }
        switch operation {
        case .matmul(let transposeA, let transposeB, .matrix):
            let (a, b) = (operands[0], operands[1])
            let rank = shape.rank
            return try Tensor(
                operation,
                [
                    dropped(a, transposeA ? rank - 2 : rank - 1),
                    dropped(b, transposeB ? rank - 1 : rank - 2),
                ])
        case .reduce(.sum, let axes):
            return try Tensor(operation, [dropped(operands[0], axes[axes.count - 1])])
        default:
            return self
        }
    }
}
