import NNGraph
import NNReference
import NNTraining
import Testing

@Suite struct TrainingGraphsTests {
    private func graphs(clipNorm: Double? = nil) throws -> TrainingGraphs {
        try TrainingGraphs(
            model: .multilayerPerceptron(inputs: 5, hidden: [7], outputs: 3), inputShape: [5],
            loss: .softmaxCrossEntropy, optimizer: Adam(), clipNorm: clipNorm)
    }

    @Test func aWeightsGradientIsOneProductOverTheWholeBatch() throws {
        let graph = try graphs().step(sampleCount: 20, batchSize: 8)
        let products = graph.nodes.filter {
            if case .matmul = $0.operation { true } else { false }
        }
        // Two layers forward, two weight gradients, one gradient of the hidden layer.
        #expect(products.count == 5)
        let weightGradients = products.filter { [[7, 5], [3, 7]].contains($0.shape) }
        #expect(weightGradients.count == 2)
        for product in weightGradients {
            // dW = dYᵀ · X, so no operand is transposed in memory first.
            #expect(product.operation == .matmul(transposeA: true, transposeB: false))
            #expect(product.operands.map { $0.shape[0] } == [8, 8])
        }
        #expect(!graph.nodes.contains { if case .transpose = $0.operation { true } else { false } })
    }

    @Test func theStateIsOneVectorEach() throws {
        let graph = try graphs().step(sampleCount: 20, batchSize: 8)
        let count = 5 * 7 + 7 + 7 * 3 + 3
        let updates = graph.updates.map { ($0.parameter.operation.leafName, $0.parameter.shape) }
        #expect(
            updates.map(\.0)
                == ["parameters", "metrics", "optimizer.exp_avg", "optimizer.exp_avg_sq"])
        #expect(updates.map(\.1) == [[count], [2], [count], [count]])
        // Random numbers are drawn only where a layer wants some.
        #expect(!graph.leaves.map(\.name).contains("step"))
    }

    @Test func aShortGradientIsNotClipped() throws {
        let backend = ReferenceBackend<Double>()
        let g = try Tensor.input("g", [2])
        for (limit, expected) in [(10, [3, 4]), (2.5, [3 * 2.5 / 5.000001, 4 * 2.5 / 5.000001])] {
            let executable = try backend.compile(
                Graph(outputs: ["clipped": clipped(g, toNorm: limit)]))
            try backend.write([3, 4] as [Double], to: executable.buffer(named: "g"))
            try executable.run()
            let found = try backend.read(executable.buffer(named: "clipped"))
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-15 })
        }
    }
}
