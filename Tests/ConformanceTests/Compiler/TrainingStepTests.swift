import NNGraph
import Testing

@testable import NNOpenCL

/// A training step is a flat list of launches: nothing is copied, allocated or waited for.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct TrainingStepTests {
    @Test(arguments: TestBackend.devices)
    func smallNetworkTakesOneLaunch(kind: TestBackend) throws {
        let graph = try Self.step()
        try withOpenCL(kind) { backend in
            // Forward, with the loss and its gradient; the mean beside the first step backward; and
            // every update right where its gradient is made, so that nothing is copied.
            let kernels = KernelLibrary(backend.context, form: .serial)
            let commands = try kernels.commands(of: stages(of: graph, backend, kernels))
            let stages = [
                "matmul 32×16×20·add·relu",
                "matmul 32×10×16·add + softmax_cross_entropy_with_gradient",
                "sum_rows·multiply & matmul 32×16×10·greater·select",
                "matmul 16×20×32·multiply·subtract + sum_columns·multiply·subtract"
                    + " & matmul 10×16×32·multiply·subtract + sum_columns·multiply·subtract",
            ]
            #expect(commands.map(\.label) == [stages.joined(separator: ", then ")])
            let executable = try backend.compile(graph)
            try executable.run()
            try backend.synchronize()
            let before = backend.statistics
            for _ in 0..<3 { try executable.run() }
            let after = backend.statistics
            if kind == .openCLSerial {
                #expect(after.launches - before.launches == 3 * commands.count)
            }
            #expect(after.blockingCalls == before.blockingCalls)
            #expect(after.deviceAllocations == before.deviceAllocations)
            #expect(after.binaryCacheMisses == before.binaryCacheMisses)
        }
    }

    /// Two layers, relu, cross-entropy and gradient descent.
    private static func step() throws -> Graph {
        let x = try Tensor.input("x", [32, 20])
        let labels = try Tensor.input("labels", [32], .int32)
        let parameters = try [
            Tensor.parameter("0.weight", [16, 20]), .parameter("0.bias", [16]),
            .parameter("2.weight", [10, 16]), .parameter("2.bias", [10]),
        ]
        let hidden = try relu(matmul(x, parameters[0], transposeB: true) + parameters[1])
        let logits = try matmul(hidden, parameters[2], transposeB: true) + parameters[3]
        let loss = try softmaxCrossEntropy(logits, labels).mean()
        let slopes = try gradients(of: loss, withRespectTo: parameters)
        return try Graph(
            outputs: ["loss": loss],
            updates: zip(parameters, slopes).map { parameter, slope in
                (parameter: parameter, value: try parameter - slope * 0.1)
            })
    }

    /// The stages of a graph, with their memory.
    private func stages(
        of graph: Graph, _ backend: OpenCLBackend, _ kernels: KernelLibrary
    ) throws -> [[Unit]] {
        let context = backend.context
        let simple = try simplified(graph)
        var leaves: [String: Buffer] = [:]
        for (name, leaf) in simple.leaves {
            leaves[name] = try context.pool.allocate(byteCount: 4 * leaf.shape.count)
        }
        let lowering = try Lowering(
            simple, kernels: kernels, products: MatrixProducts(context, kernels), context: context,
            leaves: leaves)
        for output in simple.outputs {
            let buffer = try context.pool.allocate(byteCount: 4 * output.value.shape.count)
            try lowering.deliver(output.value, to: buffer)
        }
        try lowering.applyUpdates(simple.updates)
        let stages = lowering.units.stages
        _ = try MemoryPlan(stages, pool: context.pool)
        return stages
    }
}
