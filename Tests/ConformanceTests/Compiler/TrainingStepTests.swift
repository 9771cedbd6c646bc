import NNGraph
import Testing

@testable import NNOpenCL

/// A training step is a flat list of launches: nothing is copied, allocated or waited for.
@Suite(.enabled(if: !TestBackend.devices.isEmpty))
struct TrainingStepTests {
    @Test(arguments: TestBackend.allDevices)
    func smallNetworkTakesOneLaunch(kind: TestBackend) throws {
        let graph = try Self.step()
        try withOpenCL(kind) { backend in
            // Forward, with the loss and its gradient; the mean beside the first step backward; and
            // every update right where its gradient is made, so that nothing is copied.
            let stages = [
                "matmul 32×16×20·add·relu",
                "matmul 32×10×16·add + softmax_cross_entropy_with_gradient",
                "sum_rows·multiply & matmul 32×16×10·greater·select",
                "matmul 16×20×32·multiply·subtract + sum_columns·multiply·subtract"
                    + " & matmul 10×16×32·multiply·subtract + sum_columns·multiply·subtract",
            ]
            let executable = try #require(try backend.compile(graph) as? OpenCLExecutable)
            let commands = executable.commands.map(\.label)
            if kind.form == .serial {
                #expect(commands == [stages.joined(separator: ", then ")])
            } else {
                // A GPU computes the loss by itself, and the sums beside no product.
                #expect(commands.count == 9, "\(commands)")
            }
            try executable.run()
            try backend.synchronize()
            let before = backend.statistics
            for _ in 0..<3 { try executable.run() }
            let after = backend.statistics
            #expect(after.launches - before.launches == 3 * commands.count)
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
}
