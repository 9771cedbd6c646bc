import NNGraph
import Testing

/// Two names of one buffer are one value: what replaces it overwrites it under both.
@Suite struct SharedBufferTests {
    private let p: Tensor
    private let q: Tensor
    private let r: Tensor

    init() throws {
        p = try .parameter("p", [2, 2])
        q = try .parameter("q", [2, 2])
        r = try .parameter("r", [2, 2])
    }

    @Test(arguments: TestBackend.runnable)
    func anOldValueIsReadBeforeItIsReplaced(kind: TestBackend) throws {
        #expect(
            try values(after: [(p, p + q.transpose())], on: kind) == [[2, 5, 5, 8], [0, 0, 0, 0]])
        #expect(
            try values(after: [(r, q), (p, p * 2)], on: kind) == [[2, 4, 6, 8], [1, 2, 3, 4]])
        let rows = try q.gather(Tensor(.constant([1, 0], TensorType([2], .int32))))
        #expect(try values(after: [(p, rows)], on: kind) == [[3, 4, 1, 2], [0, 0, 0, 0]])
    }

    @Test(arguments: TestBackend.available)
    func twoUpdatesOfOneBufferAreRefused(kind: TestBackend) throws {
        let error = #expect(throws: GraphError.self) {
            try values(after: [(p, p * 2), (q, q * 3)], on: kind)
        }
        #expect(error?.description.contains("the buffer of \"p\", which is updated too") == true)
    }

    /// What `p` and `r` are after a run in which `p` and `q` are bound to one buffer.
    private func values(
        after updates: [(parameter: Tensor, value: Tensor)], on kind: TestBackend
    ) throws -> [[Float]] {
        try withBackend(kind) { backend in
            let (shared, other) = try (
                backend.makeBuffer(p.type), backend.makeBuffer(r.type)
            )
            try backend.write([1, 2, 3, 4] as [Float], to: shared)
            let graph = try Graph(updates: updates)
            let buffers = ["p": shared, "q": shared, "r": other]
            let names = Set(graph.leaves.map(\.name))
            let executable = try backend.compile(
                graph, binding: buffers.filter { names.contains($0.key) })
            try executable.run()
            return try [backend.readFloats(shared), backend.readFloats(other)]
        }
    }
}
