import NNGraph
import NNReference
import NNModel
import NNTraining
import TestSupport
import Testing

/// Models whose samples have several axes.
@Suite struct SequenceTests {
    @Test func productsOfThreeAxesAndSumsOverDistantOnesAreTrained() throws {
        let losses = try SequenceTraining.losses(on: ReferenceBackend<Float>())
        // The targets have the variance 1/9 + 1/15.
        #expect(losses.before > 0.15)
        #expect(losses.after < 0.02)
    }

    @Test func gradientsAreWithinTheirBounds() throws {
        let graphs = try SequenceTraining.graphs()
        let graph = try graphs.gradient(batchSize: SequenceTraining.batchSize)
        func gradient<Scalar>(_ backend: ReferenceBackend<Scalar>) throws -> [Scalar] {
            let executable = try backend.compile(graph)
            let dataset = try SequenceTraining.dataset()
            for (name, values) in [
                (TrainingGraphs.Name.parameters, graphs.layout.initialValues(seed: 1).trained),
                (TrainingGraphs.Name.features, Array(dataset.features)),
                (TrainingGraphs.Name.targets, dataset.targets),
            ] {
                let buffer = try executable.buffer(named: name)
                try backend.write(Array(values.prefix(buffer.type.shape.count)), to: buffer)
            }
            try executable.run()
            return try backend.readScalars(executable.buffer(named: TrainingGraphs.Name.gradient))
        }
        let bounds = try gradient(ReferenceBackend<LikelyBounded>())
        let found = try gradient(ReferenceBackend<Float>())
        #expect(bounds.count == graphs.layout.count)
        #expect(zip(bounds, found).allSatisfy { $0.admits($1) })
        // Bounds that admit anything would hide every mistake.
        func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
        #expect(norm(bounds.map(\.error)) < 1e-3 * norm(bounds.map(\.value)))
    }

    /// A step has the operations that the test is about, and none that sums products of each sample.
    @Test func aWeightsGradientIsOneProductOverAllSteps() throws {
        let (batch, width) = (SequenceTraining.batchSize, SequenceTraining.width)
        let graph = try SequenceTraining.graphs().step(sampleCount: 256, batchSize: batch)
        #expect(graph.nodes.contains { $0.operation == .reduce(.sum, axes: [0, 2]) })
        let products = graph.nodes.filter {
            if case .matmul = $0.operation { true } else { false }
        }
        #expect(products.contains { $0.shape == [batch, 5, 5] })
        for weight in [[width, 3], [4, width], [width, width], [1, width]] {
            #expect(products.contains { $0.shape == Shape(weight) })
            #expect(!graph.nodes.contains { $0.shape == Shape([batch] + weight) })
        }
        for product in products where product.shape == [width, 3] {
            #expect(product.operands.map { $0.shape[0] } == [batch * 5, batch * 5])
        }
    }

    /// What the rows of a matrix are needs no other shape, so the graphs of perceptrons are as small as can be.
    @Test func aBatchOfVectorsIsNotReshaped() throws {
        let x = try Tensor.input("x", [6, 3])
        let graph = try Graph(outputs: ["y": Linear(3, 2)(x, in: ForwardPass())])
        #expect(
            graph.nodes.map(\.operation.name)
                == ["input", "parameter", "matmul", "parameter", "broadcast", "add"])
        let y = try Linear(3, 2, bias: false)(Tensor.input("x", [6, 4, 3]), in: ForwardPass())
        #expect(y.shape == [6, 4, 2])
    }
}
