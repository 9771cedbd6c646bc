import NNGraph
import Testing

@testable import NNCompiler

/// What is reduced is computed by the kernel that reduces it.
@Suite struct ReductionInputsTests {
    private let x: Tensor

    init() throws {
        x = try .input("x", [4, 5])
    }

    @Test func aReductionOfRowsComputesWhatItReduces() throws {
        #expect(try steps(["y": sqrt((x * x).sum([1]))]) == [["multiply", "sum", "squareRoot"]])
        #expect(try steps(["y": tanh(exp(x)).max([1])]) == [["exp", "tanh", "max"]])
    }

    @Test func whatOthersReadIsWritten() throws {
        let squares = try x * x
        #expect(try steps(["y": squares.sum([1]), "x2": squares]) == [["multiply"], ["sum"]])
        #expect(
            try steps(["y": squares.sum([1]), "z": squares.max([1])])
                == [["multiply"], ["sum"], ["max"]])
        let inner = try exp(x)
        #expect(try steps(["y": tanh(inner).sum([1]), "e": inner]) == [["exp", "tanh"], ["sum"]])
    }

    @Test func aReductionOfAllRowsToOneComputesWhatItReduces() throws {
        #expect(try steps(["y": exp(x).sum([0])]) == [["exp", "sum"]])
        #expect(try steps(["y": sqrt((x * x).sum([0]))]) == [["multiply", "sum", "squareRoot"]])
    }

    /// The product would have to be written for the sum alone.
    @Test func productsBelongToTheirSums() throws {
        let y = try tanh(x), z = try exp(y)
        #expect(
            try steps(["y": y, "z": z, "sum": (y * z).sum([0])])
                == [["tanh", "exp"], ["multiply", "sum"]])
    }

    @Test func otherAxesAreReducedOfWhatIsWritten() throws {
        #expect(try steps(["y": exp(x).sum()]) == [["exp"], ["sum"]])
        #expect(try steps(["y": exp(x.reshape([2, 2, 5])).sum([0])]) == [["exp"], ["sum"]])
    }

    private func steps(_ outputs: KeyValuePairs<String, Tensor>) throws -> [[String]] {
        try fusedNames(simplified(Graph(outputs: outputs)))
    }
}
