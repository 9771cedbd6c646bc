import NNGraph
import NNReference
import TestSupport
import Testing

@testable import NNCompiler
@testable import NNOpenCL

/// Parameters in one vector are updated where their gradients are made, and only if that is safe.
@Suite struct UpdateSplittingTests {
    /// What else a step does with the gradient.
    enum Use: String, CaseIterable {
        case none, clipping, output
    }

    /// Whose rows are padded: 512 hidden units lie a power of two apart.
    private static let sizes = (inputs: 12, hidden: 512, outputs: 3, batch: 9)

    @Test func everyParameterIsUpdatedWhereItsGradientIsMade() throws {
        let graph = try simplified(splittingUpdates(of: simplified(Self.step(.none))))
        let sources = try Fusion.groups(of: graph).filter { group in
            group.source.map { $0.operation.isProduct || $0.operation.isReduction } ?? false
        }
        // Two forward products, one input gradient; two layers' weights and biases with momentum.
        #expect(sources.map(\.outputs.count) == [1, 1, 1, 4, 4])
    }

    @Test(arguments: [Use.clipping, .output])
    func aGradientThatIsNeededWholeIsNotSplit(use: Use) throws {
        let graph = try simplified(Self.step(use))
        #expect(try splittingUpdates(of: graph).nodes.count == graph.nodes.count)
    }

    @Test(arguments: Use.allCases, TestBackend.allDevices)
    func splitUpdatesComputeTheSame(use: Use, kind: TestBackend) throws {
        let graph = try Self.step(use)
        let reference = ReferenceBackend<Bounded>()
        let expected = try Self.prepared(graph, on: reference)
        try withBackend(kind) { backend in
            let executable = try Self.prepared(graph, on: backend)
            for run in 1...2 {
                try expected.run()
                try executable.run()
                for name in ["parameters", "momentum"] + graph.outputs.map(\.name) {
                    expectAdmitted(
                        try backend.values(of: executable.buffer(named: name)),
                        by: try reference.bounds(of: expected.buffer(named: name)),
                        "\(name) after run \(run) with \(use) on \(kind)")
                }
            }
        }
    }

    @Test func paddedRowsAreThoseReadByColumns() throws {
        let graph = try simplified(splittingUpdates(of: simplified(Self.step(.none))))
        // The gradient of what goes into the hidden layer, which dW₁ reads by columns.
        #expect(graph.tensorsToPad.count == 1)
        #expect(graph.tensorsToPad.allSatisfy { $0.shape == [9, 512] })
        let x = try Tensor.input("x", [9, 512])
        let y = try exp(x)
        let product = try matmul(y, x, transposeA: true)
        #expect(try Graph(outputs: ["product": product]).tensorsToPad == [y])
        let alsoRead = try Graph(outputs: ["product": product, "rows": y.sum([1])])
        #expect(alsoRead.tensorsToPad.isEmpty)
        #expect(try Graph(outputs: ["product": product, "y": y]).tensorsToPad.isEmpty)
    }

    /// Two layers whose weights and biases lie in one vector; momentum.
    private static func step(_ use: Use) throws -> Graph {
        let (inputs, hidden, outputs, batch) = sizes
        let shapes: [Shape] = [[hidden, inputs], [hidden], [outputs, hidden], [outputs]]
        let count = shapes.map(\.count).reduce(0, +)
        let parameters = try Tensor.parameter("parameters", [count])
        let momentum = try Tensor.parameter("momentum", [count])
        var start = 0
        let views = try shapes.map { shape in
            defer { start += shape.count }
            return try parameters.slice(start..<start + shape.count).reshape(shape)
        }
        let x = try Tensor.input("x", [batch, inputs])
        let labels = try Tensor.input("labels", [batch], .int32)
        let h = try tanh(matmul(x, views[0], transposeB: true) + views[1])
        let logits = try matmul(h, views[2], transposeB: true) + views[3]
        let loss = try softmaxCrossEntropy(logits, labels).mean()
        let parts = try gradients(of: loss, withRespectTo: views)
        var gradient = try concatenate(parts.map { try $0.reshape([$0.shape.count]) })
        if use == .clipping { gradient = try gradient / (1 + (gradient * gradient).sum()) }
        let velocity = try momentum * 0.9 + gradient
        return try Graph(
            outputs: use == .output ? ["gradient": gradient] : [:],
            updates: [(parameters, parameters - velocity * 0.1), (momentum, velocity)])
    }

    private static func prepared(
        _ graph: Graph, on backend: any Backend
    ) throws -> any Executable {
        let executable = try backend.compile(graph)
        for name in ["parameters", "momentum", "x"] {
            var random = Randomness(name)
            let buffer = try executable.buffer(named: name)
            try backend.write(
                (0..<buffer.type.shape.count).map { _ in Float(random.real(-0.5, 0.5)) },
                to: buffer)
        }
        try backend.write(
            (0..<sizes.batch).map { Int32($0 % sizes.outputs) },
            to: executable.buffer(named: "labels"))
        return executable
    }
}
