import NNGraph
import NNReference
import Testing

@testable import NNCompiler
@testable import NNOpenCL

/// Graphs that are deeper than the call stack, up to the most operations that a device compiles.
@Suite struct LongGraphTests {
    @Test(arguments: TestBackend.devices)
    func aGraphOfTooManyOperationsIsRefused(kind: TestBackend) throws {
        let x = try Tensor.input("x", [2])
        let y = try (0..<OpenCLBackend.maximumNodeCount).reduce(x) { y, _ in try -y }
        try withOpenCL(kind) { backend in
            let limit = OpenCLBackend.maximumNodeCount
            let error = #expect(throws: GraphError.self) {
                try backend.compile(Graph(outputs: ["y": y]))
            }
            #expect(error == .tooManyNodes(limit + 1, limit: limit, backend: backend.name))
            #expect(error?.description.contains("at most \(limit)") == true)
        }
    }

    /// A kernel of all of them would take a compiler minutes.
    @Test(arguments: TestBackend.devices)
    func aLongChainIsSeveralKernels(kind: TestBackend) throws {
        let x = try Tensor.input("x", [2])
        let y = try (0..<2000).reduce(x) { y, _ in try y + 1 }
        try withOpenCL(kind) { backend in
            let executable = try backend.compile(Graph(outputs: ["y": y]))
            try backend.write([1, -5] as [Float], to: executable.buffer(named: "x"))
            try executable.run()
            #expect(try backend.readFloats(executable.buffer(named: "y")) == [2001, 1995])
        }
        let groups = try Fusion.groups(of: simplified(Graph(outputs: ["y": y])))
        #expect(groups.map(\.members.count).reduce(0, +) == 2000)
        #expect(groups.allSatisfy { $0.members.count <= 512 })
    }

    /// Turns of a matrix, each a view of the one before: an even number of them gives the matrix back.
    @Test(arguments: TestBackend.devices)
    func aLongChainOfViewsIsOneCopy(kind: TestBackend) throws {
        let x = try Tensor.input("x", [2, 3])
        let y = try (0..<3000).reduce(x) { y, _ in
            try y.reshape(Shape([1] + y.shape.dimensions)).transpose([0, 2, 1]).reshape(
                Shape(y.shape.dimensions.reversed()))
        }
        try withOpenCL(kind) { backend in
            let executable = try backend.compile(Graph(outputs: ["y": y]))
            try backend.write([1, 2, 3, 4, 5, 6] as [Float], to: executable.buffer(named: "x"))
            try executable.run()
            #expect(try backend.readFloats(executable.buffer(named: "y")) == [1, 2, 3, 4, 5, 6])
        }
    }

    /// Indices in a kernel have 32 bits, also where no memory is needed.
    @Test(arguments: TestBackend.devices)
    func aTensorBeyond32BitsIsRefused(kind: TestBackend) throws {
        let sum = try Tensor.constant(1, [1 << 33]).sum()
        try withOpenCL(kind) { backend in
            let error = #expect(throws: GraphError.self) {
                try backend.compile(Graph(outputs: ["sum": sum]))
            }
            #expect(error?.description.contains("[8589934592] has more than") == true)
            #expect(throws: GraphError.self) { try backend.makeBuffer(TensorType([.max, 4])) }
        }
    }
}
