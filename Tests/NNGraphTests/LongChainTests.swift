import NNGraph
import NNReference
import Testing

/// Graphs deeper than any call stack: nothing may take a step inward for each tensor.
@Suite struct LongChainTests {
    /// A leaf, and what so many additions of 1 make of it.
    private static func chain(_ count: Int) throws -> (x: Tensor, y: Tensor) {
        let x = try Tensor.input("x", [2])
        let one = try Tensor.constant(1, [2])
        return (x, try (0..<count).reduce(x) { y, _ in try y + one })
    }

    @Test func aMillionTensorsAreReleased() async throws {
        weak var leaf: Tensor?
        do {
            let chain = try Self.chain(1_000_000)
            leaf = chain.x
        }
        // Another test may be about to release it.
        while leaf != nil { await Task.yield() }
    }

    /// Each tensor is read twice, so that there are 2 to the power of 100,000 ways to the leaf.
    @Test func aLadderIsReleased() async throws {
        weak var leaf: Tensor?
        do {
            let x = try Tensor.input("x", [1])
            leaf = x
            _ = try (0..<100_000).reduce(x) { y, _ in try y + y }
        }
        while leaf != nil { await Task.yield() }
    }

    /// Threads that let go of the same tensors at the same time.
    @Test func manyThreadsReleaseTogether() async throws {
        weak var leaf: Tensor?
        do {
            let (x, y) = try Self.chain(20_000)
            leaf = x
            await withTaskGroup(of: Int.self) { group in
                for index in 0..<8 {
                    group.addTask {
                        let own = try? (0..<20_000).reduce(y) { y, _ in try -y }
                        return (own?.shape.count ?? 0) + index
                    }
                }
            }
        }
        while leaf != nil { await Task.yield() }
    }

    @Test func aChainIsHashedAndPutIntoAGraph() throws {
        let (x, y) = try Self.chain(100_000)
        #expect(Set([x, y, x]).count == 2)
        // The leaf, the constant and the sums.
        #expect(try Graph(outputs: ["y": y]).nodes.count == 100_002)
    }

    @Test func aChainIsRebuiltOnAnotherLeaf() throws {
        let (x, y) = try Self.chain(100_000)
        let other = try Tensor.input("other", [2])
        let graph = try Graph(outputs: ["y": y]).replacing([x: other])
        #expect(graph.leaves.map(\.name) == ["other"] && graph.nodes.count == 100_002)
    }

    @Test func theReferenceRunsAChain() throws {
        let (_, y) = try Self.chain(100_000)
        let backend = ReferenceBackend<Double>()
        let executable = try backend.compile(Graph(outputs: ["y": y]))
        try backend.write([1, 2] as [Double], to: executable.buffer(named: "x"))
        try executable.run()
        #expect(try backend.read(executable.buffer(named: "y")) == [100_001, 100_002])
        #expect(try backend.firstNonFinite(in: executable) == nil)
        try backend.write([1, .nan] as [Double], to: executable.buffer(named: "x"))
        #expect(try backend.firstNonFinite(in: executable)?.tensor.operation.leafName == "x")
    }

    /// `d/dx of −(−(… x))`, an even number of times, is 1.
    @Test func aChainIsDifferentiated() throws {
        let x = try Tensor.input("x", [2])
        let y = try (0..<100_000).reduce(x) { y, _ in try -y }
        let gradient = try gradients(of: y, withRespectTo: [x])[0]
        let backend = ReferenceBackend<Double>()
        let executable = try backend.compile(Graph(outputs: ["gradient": gradient]))
        try executable.run()
        #expect(try backend.read(executable.buffer(named: "gradient")) == [1, 1])
    }
}

/// Sizes that no integer holds: an error, wherever they come from.
@Suite struct HugeShapeTests {
    @Test(arguments: [[1 << 40, 1 << 40], [.max, .max], [.max], [1 << 49]] as [[Int]])
    func aLeafOfTooManyElementsIsAnError(dimensions: [Int]) {
        let shape = Shape(dimensions)
        for make in [
            { try Tensor.input("x", $0) }, { try Tensor.parameter("x", $0) },
            { try Tensor.constant(1, $0) }, { try Tensor.constant(1).broadcast(to: $0) },
            { try Tensor.constant(1).reshape($0) },
        ] as [(Shape) throws -> Tensor] {
            let error = #expect(throws: GraphError.self) { try make(shape) }
            #expect(error?.description.contains("more than 281474976710656 elements") == true)
        }
    }

    @Test func aProductOfTooManyElementsIsAnError() throws {
        let column = try Tensor.constant(1, [1 << 30, 1]),
            row = try Tensor.constant(1, [1, 1 << 30])
        let error = #expect(throws: GraphError.self) { try matmul(column, row) }
        #expect(error?.description.hasPrefix("matmul(float [1073741824, 1], float") == true)
    }

    @Test func errorsNameThePartOfTheModel() throws {
        let x = try Tensor.input("x", [2])
        let error = #expect(throws: GraphError.self) {
            try Origin.within(Origin("layer 3 (Own)", source: "Own/main.swift:7")) {
                try exp(x).reshape([3])
            }
        }
        #expect(
            error?.description
                == "reshape(float [2]) in layer 3 (Own) at Own/main.swift:7: [2] has 2 elements and "
                + "[3] has 3.")
    }
}
