import NNGraph
import NNReference
import TestSupport
import Testing

@testable import NNCompiler
@testable import NNOpenCL

/// The gradient of a bias is computed by the kernel of the weight's gradient.
@Suite struct ColumnSumsTests {
    private let x: Tensor
    private let y: Tensor

    init() throws {
        x = try .input("x", [9, 5])
        y = try .input("y", [9, 7])
    }

    @Test func sumsRunBesideTheProductOfTheTranspose() throws {
        let graph = try Graph(outputs: [
            "product": tanh(matmul(x, y, transposeA: true)), "sums": exp(x.sum([0])),
        ])
        #expect(try fusedNames(graph) == [["matmul", "tanh", "sum", "exp"]])
        let other = try Graph(outputs: [
            "product": matmul(y, x, transposeA: true), "sums": x.sum([0]),
        ])
        #expect(Set(try fusedNames(other)) == [["matmul"], ["sum"]])
    }

    @Test func oneProductTakesThemAndOneOnly() throws {
        let graph = try Graph(outputs: [
            "a": matmul(x, y, transposeA: true), "b": matmul(x, y * 2, transposeA: true),
            "sums": x.sum([0]), "maxima": x.max([0]),
        ])
        #expect(
            Set(try fusedNames(graph)) == [["multiply"], ["matmul", "sum"], ["matmul"], ["max"]])
    }

    @Test func sumsThatTheProductWaitsForRunBefore() throws {
        let sums = try x.sum([0])
        let product = try matmul(x, y, transposeA: true)
        let epilogue = try Graph(outputs: ["z": product + sums.reshape([5, 1])])
        #expect(try fusedNames(epilogue) == [["sum"], ["matmul", "add"]])
        let operand = try Graph(outputs: ["z": matmul(x, y * sums.sum(), transposeA: true)])
        #expect(try fusedNames(operand).contains(["matmul"]))
        let after = try Graph(outputs: ["z": sums * product.sum(), "product": product])
        #expect(try fusedNames(after).contains(["matmul"]))
    }

    /// Its results have the size of the sums, and yet each has its own place.
    @Test func aProductOfOneColumnTakesThemToo() throws {
        let column = try Tensor.input("column", [9, 1])
        let graph = try Graph(outputs: [
            "product": matmul(x, column, transposeA: true), "sums": x.sum([0]),
        ])
        #expect(try fusedNames(graph) == [["matmul", "sum"]])
    }

    /// The sums' epilogue reads the old value of what the product's epilogue replaces.
    @Test func whatBothPartsNeedIsNotReplacedInPlace() throws {
        let column = try Tensor.input("y", [9, 1])
        let weight = try Tensor.parameter("weight", [5, 1]),
            bias = try Tensor.parameter("bias", [5])
        let graph = try Graph(updates: [
            (weight, weight - matmul(x, column, transposeA: true)),
            (bias, bias + weight.reshape([5]) * x.sum([0])),
        ])
        let reference = ReferenceBackend<Bounded>()
        let expected = try Self.prepared(graph, on: reference)
        for kind in TestBackend.devices {
            try withOpenCL(kind) { backend in
                let executable = try Self.prepared(graph, on: backend)
                try executable.run()
                if kind == TestBackend.devices.first { try expected.run() }
                for name in ["weight", "bias"] {
                    expectAdmitted(
                        try backend.values(of: executable.buffer(named: name)),
                        by: try reference.bounds(of: expected.buffer(named: name)), name)
                }
            }
        }
    }

    /// Rests of vectors, several panels and blocks of rows, rows with a distance, an update in place.
    @Test(arguments: ProductChoice.thorough)
    func everyKernelOfProductsGivesTheSums(choice: ProductChoice) throws {
        let form: TestBackend = choice.form == .serial ? .openCLSerial : .openCLWorkgroup
        try withOpenCL(form) { backend in
            backend.preferredProduct = choice
            defer { backend.preferredProduct = nil }
            for (k, m, n) in [(9, 5, 7), (1, 19, 3), (37, 140, 70), (8, 512, 33), (9, 40, 1)] {
                let graph = try Self.step(k, m, n)
                let reference = ReferenceBackend<Bounded>()
                let expected = try Self.prepared(graph, on: reference)
                let executable = try Self.prepared(graph, on: backend)
                for run in 1...2 {
                    try expected.run()
                    try executable.run()
                    for name in ["weight", "bias"] {
                        expectAdmitted(
                            try backend.values(of: executable.buffer(named: name)),
                            by: try reference.bounds(of: expected.buffer(named: name)),
                            "\(name) of \(k)×\(m)×\(n) after run \(run), \(choice)")
                    }
                }
            }
        }
    }

    /// The update of an affine map [m, n] whose results have the gradient tanh x, x [k, m].
    private static func step(_ k: Int, _ m: Int, _ n: Int) throws -> Graph {
        let gradient = try tanh(Tensor.input("x", [k, m]))
        let y = try Tensor.input("y", [k, n])
        let (weight, bias) = try (
            Tensor.parameter("weight", [m, n]), Tensor.parameter("bias", [m])
        )
        return try Graph(updates: [
            (weight, weight - matmul(gradient, y, transposeA: true) * 0.1),
            (bias, bias * 0.5 - gradient.sum([0])),
        ])
    }

    private static func prepared(
        _ graph: Graph, on backend: any Backend
    ) throws -> any Executable {
        let executable = try backend.compile(graph)
        for (name, leaf) in graph.leaves {
            var random = Randomness(name)
            try backend.write(
                (0..<leaf.shape.count).map { _ in Float(random.real(-0.5, 0.5)) },
                to: executable.buffer(named: name))
        }
        return executable
    }
}
