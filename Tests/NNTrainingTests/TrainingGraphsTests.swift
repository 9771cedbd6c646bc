import NNGraph
import NNReference
import NNModel
import NNTraining
import Testing

@Suite struct TrainingGraphsTests {
    private func graphs(clipNorm: Double? = nil) throws -> TrainingGraphs {
        try TrainingGraphs(
            model: .multilayerPerceptron(inputs: 5, hidden: [7], outputs: 3), inputShape: [5],
            loss: .crossEntropy, optimizer: Adam(), clipNorm: clipNorm)
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

    /// In single precision, whose largest number is 3.4·10³⁸ and whose squares end at 1.8·10¹⁹.
    @Test(arguments: [1e-38, 1e-30, 1, 5e19, 1.5e24, 1e38, 3e38] as [Double])
    func aGradientOfAnySizeIsClipped(size: Double) throws {
        let backend = ReferenceBackend<Float>()
        let g = try Tensor.input("g", [3])
        for limit in [0.5, 1, 2e4] {
            let executable = try backend.compile(
                Graph(outputs: ["norm": globalNorm(g), "clipped": clipped(g, toNorm: limit)]))
            let values = [0.6 * size, -0.8 * size, 0]
            try backend.write(values, to: executable.buffer(named: "g"))
            try executable.run()
            let norm = try backend.read(executable.buffer(named: "norm"))[0]
            #expect(Swift.abs(norm / size - 1) < 1e-6)
            let factor = min(1, limit / (size + 1e-6))
            for (found, value) in zip(
                try backend.read(executable.buffer(named: "clipped")), values)
            {
                #expect(Swift.abs(found - factor * value) <= 1e-6 * factor * size)
            }
        }
    }

    @Test func aGradientOfZerosStaysZeroAndOneThatIsNotFiniteDoesNotHide() throws {
        let backend = ReferenceBackend<Float>()
        let g = try Tensor.input("g", [2])
        let executable = try backend.compile(
            Graph(outputs: ["norm": globalNorm(g), "clipped": clipped(g, toNorm: 1)]))
        func run(_ values: [Double]) throws -> (norm: Double, clipped: [Double]) {
            try backend.write(values, to: executable.buffer(named: "g"))
            try executable.run()
            return (
                try backend.read(executable.buffer(named: "norm"))[0],
                try backend.read(executable.buffer(named: "clipped"))
            )
        }
        #expect(try run([0, 0]) == (0, [0, 0]))
        for bad in [Double.infinity, -.infinity, .nan] {
            let (norm, clipped) = try run([1, bad])
            #expect(!norm.isFinite && clipped.contains { !$0.isFinite })
        }
    }
}
