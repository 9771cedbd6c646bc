import TestSupport
import Testing

@testable import NNGPU

/// `GradientCheck` on a graph of one's own: several leaves, of floats and of whole numbers.
@Suite struct GraphGradientTests {
    /// A table of rows, a matrix, a bias, and which rows to take: softplus of an affine map.
    private struct Subject {
        let table, matrix, bias, rows, loss: Tensor

        init() throws {
            table = try .parameter("table", [5, 3])
            matrix = try .parameter("matrix", [4, 3])
            bias = try .input("bias", [4])
            rows = try .input("rows", [6], .int32)
            let x = try table.gather(rows)
            loss = try softplus(matmul(x, matrix, transposeB: true) + bias).mean()
        }

        /// Where to check; rows 0 and 3 of the table are not taken.
        static let values: [String: [Double]] = [
            "table": (0..<15).map { Double($0 * 7 % 15) / 8 - 0.8 },
            "matrix": (0..<12).map { Double($0 * 5 % 12) / 6 - 1 },
            "bias": [0.5, -0.25, 0, 2], "rows": [1, 2, 4, 4, 1, 2],
        ]
    }

    private func check(
        _ loss: Tensor, _ leaves: [Tensor], _ values: [String: [Double]] = Subject.values,
        on backend: any Backend = ReferenceBackend<Float>(), samples: Int = 20
    ) throws -> GradientCheck {
        try GradientCheck(
            of: loss, withRespectTo: leaves, values: values, on: backend, samples: samples, seed: 1)
    }

    @Test(arguments: OnDevice.forms)
    func rightGradientsPass(form: KernelForm) throws {
        let graph = try Subject()
        let check = try check(
            graph.loss, [graph.bias, graph.table, graph.matrix], on: OnDevice.backend(form))
        #expect(check.passes, "\(check.rows.filter { !$0.passes })")
        #expect(check.rows.map(\.parameter) == ["bias", "table", "matrix"])
        #expect(check.rows.map(\.count) == [4, 15, 12])
        #expect(check.parameterCount == 31 && check.numerical.evaluations == 62)
        for row in check.rows {
            #expect(row.sampled == row.count && row.kinks == 0)
            #expect(row.differenceBound < GradientCheck.differenceLimit)
            #expect(row.deviceBound < 1e-3)
        }
    }

    /// Moving one leaf leaves the others where they were.
    @Test func differencesAreThoseOfTheFormula() throws {
        let a = try Tensor.input("a", [2])
        let b = try Tensor.input("b", [2])
        let subject = try GradientSubject(
            of: (a * a * b).sum(), withRespectTo: [a, b], values: ["a": [3, -1], "b": [5, 0.5]])
        let differences = try FiniteDifferences(subject, lossError: 1e-14)
        let found = try [("a", 0), ("b", 0), ("a", 1), ("b", 1)].map {
            try differences.derivative(in: $0.0, at: $0.1).value
        }
        for (value, truth) in zip(found, [30, 9, -1, 1] as [Double]) {
            #expect(abs(value - truth) < 1e-10)
        }
    }

    /// The derivative of one leaf is off by a hundred thousandth, and no other's is blamed.
    @Test(arguments: 0..<3)
    func aReferenceThatIsSlightlyOffFails(leaf: Int) throws {
        let graph = try Subject()
        let leaves = [graph.bias, graph.table, graph.matrix]
        let subject = try GradientSubject(
            of: graph.loss, withRespectTo: leaves, values: Subject.values)
        let reference = SpoiledBackend(ReferenceBackend<Double>()) { graph in
            let gradient = try #require(
                graph.outputs.first { $0.name == GradientSubject.Output.gradient }
            ).value
            let factors = subject.variables.enumerated().flatMap { index, variable in
                [Double](repeating: index == leaf ? 1 + 1e-5 : 1, count: variable.range.count)
            }
            return try graph.replacing([gradient: gradient * .constant(factors, gradient.shape)])
        }
        reference.isWrong = true
        let check = try GradientCheck(
            of: subject, on: ReferenceBackend<Float>(), reference: reference, samples: 20, seed: 1)
        #expect(check.rows.indices.filter { !check.rows[$0].isDifferenceWithinBound } == [leaf])
        #expect(!check.passes)
    }

    @Test func aDeviceThatIsAThousandthOffFails() throws {
        let graph = try Subject()
        let device = SpoiledBackend(ReferenceBackend<Float>()) { graph in
            try graph.replacing(
                Dictionary(
                    uniqueKeysWithValues: graph.outputs.map { ($0.value, try $0.value * 1.001) }))
        }
        device.isWrong = true
        let check = try check(graph.loss, [graph.bias, graph.matrix], on: device)
        #expect(check.rows.allSatisfy { !$0.isDeviceWithinBound && $0.isDifferenceWithinBound })
    }

    /// Leaves may have the names that outputs usually have, and values may be of more than there is.
    @Test func namesAreTheCallersOwn() throws {
        let loss = try Tensor.parameter("loss", [2])
        let gradient = try Tensor.parameter("gradient", [2])
        let check = try check(
            (loss * gradient).sum(), [loss, gradient],
            ["loss": [1, 2], "gradient": [3, 4], "else": []])
        #expect(check.passes && check.rows.map(\.parameter) == ["loss", "gradient"])
    }

    // MARK: - Errors

    private func refuses(
        _ expected: some Error & Equatable, _ sentence: String,
        _ check: () throws -> GradientCheck
    ) {
        let error = #expect(throws: expected) { _ = try check() }
        #expect(error.map { "\($0)" } == sentence)
    }

    @Test func whatCannotBeDifferentiatedIsSaid() throws {
        let graph = try Subject()
        refuses(
            GradientCheckError.lossNotScalar(TensorType([6, 3])),
            "The loss to check is float [6, 3] and has to be one float: take its mean() or sum()."
        ) { try check(graph.table.gather(graph.rows), [graph.table]) }
        refuses(
            GradientCheckError.nothingToDifferentiate,
            "The gradient check was given no leaves: name at least one that the loss depends on."
        ) { try check(graph.loss, []) }
        refuses(
            GradientCheckError.notDifferentiable(name: "rows", TensorType([6], .int32)),
            "The gradient check cannot move \"rows\", which is int32 [6]: take leaves of floats."
        ) { try check(graph.loss, [graph.bias, graph.rows]) }
        let product = try graph.bias * 2
        refuses(
            GradientCheckError.notALeaf("multiply float [4]"),
            "The gradient check cannot move multiply float [4], which is computed from other "
                + "tensors: take inputs or parameters."
        ) { try check(product.mean(), [product]) }
        refuses(
            GradientCheckError.unrelatedLeaf(
                name: "bias", known: ["table", "rows", "matrix", "bias"]),
            "The loss to check is not computed from this \"bias\": take the tensors that it was "
                + "made with, which are bias, matrix, rows, table."
        ) { try check(graph.loss, [.input("bias", [4])]) }
        refuses(
            GradientCheckError.tooFewSamples(-1),
            "A gradient check of -1 elements would find nothing: let it sample at least 1."
        ) { try check(graph.loss, [graph.bias], samples: -1) }
    }

    @Test func valuesThatDoNotFitAreSaid() throws {
        let graph = try Subject()
        func check(_ name: String, _ values: [Double]?) throws -> GradientCheck {
            var all = Subject.values
            all[name] = values
            return try self.check(graph.loss, [graph.bias], all)
        }
        refuses(
            GradientCheckError.missingValues(name: "table", TensorType([5, 3])),
            "The gradient check has no values for \"table\": give 15 of them, as it is float [5, 3]."
        ) { try check("table", nil) }
        refuses(
            GraphError.mismatch(name: "bias", expected: TensorType([4]), found: "2 numbers"),
            "\"bias\" takes float [4], not 2 numbers."
        ) { try check("bias", [1, 2]) }
        for value in [0.5, .nan, 1e10] {
            refuses(
                GraphError.mismatch(
                    name: "rows", expected: TensorType([6], .int32), found: "the number \(value)"),
                "\"rows\" takes int32 [6], not the number \(value)."
            ) { try check("rows", [1, 2, 4, value, 1, 2]) }
        }
    }
}
