import NNGraph
import NNReference
import TestSupport
import Testing

@testable import NNCompiler
@testable import NNOpenCL

/// The last product takes the loss along if it is narrow.
@Suite struct NarrowLossesTests {
    @Test func lossGradientAndPredictionsRunBesideTheProduct() throws {
        let step = try Step(m: 9, n: 64)
        #expect(
            try fusedNames(step.graph)
                == [
                    ["matmul", "add", "softmaxCrossEntropy", "softmaxCrossEntropyGradient"]
                        + ["argmax", "equal"]
                ])
        let evaluation = try Graph(outputs: ["loss": step.loss, "correct": step.correct])
        #expect(
            try fusedNames(evaluation) == [
                ["matmul", "add", "softmaxCrossEntropy", "argmax", "equal"]
            ])
    }

    @Test func wideLogitsAreWrittenFirst() throws {
        #expect(
            try fusedNames(Step(m: 9, n: 65).graph)
                == [["matmul", "add"], ["softmaxCrossEntropy", "softmaxCrossEntropyGradient"]]
                + [["equal"]])
    }

    @Test func whatWaitsForSomethingElseRunsAfter() throws {
        let step = try Step(m: 9, n: 7)
        // Labels that are made of the logits, and a result that needs all losses.
        let labels = try step.logits.argmax()
        let ownLoss = try softmaxCrossEntropy(step.logits, labels)
        #expect(
            try fusedNames(Graph(outputs: ["loss": ownLoss]))
                == [["matmul", "add"]])
        let relative = try step.loss / step.loss.sum().broadcast(to: step.loss.shape)
        #expect(
            try fusedNames(Graph(outputs: ["relative": relative]))
                == [["matmul", "add", "softmaxCrossEntropy"], ["sum"], ["divide"]])
    }

    /// One unit of work and several, rests of tiles, one column and as many as go.
    @Test(
        arguments: [TestBackend.openCLSerial, .openCLWorkgroup].filter(
            TestBackend.devices.contains),
        [ProductChoice?.none, .dot(DotTile(rows: 3, blockRows: 9, blockColumns: 16)), .clBlast])
    func lossesAreThoseOfTheDefinition(kind: TestBackend, choice: ProductChoice?) throws {
        try withOpenCL(kind) { backend in
            backend.preferredProduct = choice
            defer { backend.preferredProduct = nil }
            for (m, n) in [(1, 1), (9, 7), (19, 64), (2000, 10)] {
                let graph = try Step(m: m, n: n).graph
                let reference = ReferenceBackend<Bounded>()
                let expected = try Self.ran(graph, on: reference)
                let executable = try Self.ran(graph, on: backend)
                for name in ["loss", "gradient", "correct"] {
                    let first = try backend.values(of: executable.buffer(named: name))
                    expectAdmitted(
                        first, by: try reference.bounds(of: expected.buffer(named: name)),
                        "\(name) of \(m)×\(n) on \(kind)")
                    try executable.run()
                    let second = try backend.values(of: executable.buffer(named: name))
                    expectSameBits(second, first, "\(name) of \(m)×\(n) on \(kind), second run")
                }
            }
        }
    }

    /// An affine map and its loss against labels of which some are no classes.
    private struct Step {
        let logits, loss, correct: Tensor
        let graph: Graph

        init(m: Int, n: Int) throws {
            let labels = try Tensor.input("labels", [m], .int32)
            logits =
                try matmul(
                    Tensor.input("x", [m, 12]), Tensor.input("w", [n, 12]), transposeB: true)
                + Tensor.input("b", [n])
            loss = try softmaxCrossEntropy(logits, labels)
            correct = try compare(logits.argmax(), .equal, labels)
            let gradient = try gradients(of: loss.mean(), withRespectTo: [logits])[0]
            graph = try simplified(
                Graph(outputs: ["loss": loss, "gradient": gradient, "correct": correct]))
        }
    }

    private static func ran(_ graph: Graph, on backend: any Backend) throws -> any Executable {
        let executable = try backend.compile(graph)
        for (name, leaf) in graph.leaves {
            var random = Randomness(name)
            let buffer = try executable.buffer(named: name)
            if leaf.type.elementType == .int32 {
                let classes = Int32(graph.outputs[1].value.shape[1])
                try backend.write(
                    (0..<leaf.shape.count).map { Int32($0) % (classes + 1) }, to: buffer)
            } else {
                try backend.write(
                    (0..<leaf.shape.count).map { _ in Float(random.real(-1, 1)) }, to: buffer)
            }
        }
        try executable.run()
        return executable
    }
}
