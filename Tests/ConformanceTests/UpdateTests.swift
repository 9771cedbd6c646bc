import NNGraph
import NNReference
import TestSupport
import Testing

/// Every update takes the values before the run, whatever the others do and however they are listed.
@Suite struct UpdateTests {
    /// New values of two parameters `a` and `b` of shape [7, 7].
    struct Exchange: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let values: @Sendable (_ a: Tensor, _ b: Tensor) throws -> (a: Tensor, b: Tensor)

        init(
            _ name: String,
            _ values: @escaping @Sendable (Tensor, Tensor) throws -> (a: Tensor, b: Tensor)
        ) {
            testDescription = name
            self.values = values
        }
    }

    private static let exchanges = [
        Exchange("a and b change places") { a, b in (b, a) },
        Exchange("a becomes b, b something new") { a, b in (b, try tanh(b)) },
        Exchange("a becomes b, b something new of both") { a, b in (b, try a * b) },
        Exchange("sum and difference") { a, b in (try a + b, try a - b) },
        Exchange("both the same") { a, b in
            let mean = try (a + b) * 0.5
            return (mean, mean)
        },
        Exchange("a transposed, b from a") { a, b in (try a.transpose(), try a * 0.5) },
        Exchange("each the other transposed") { a, b in (try b.transpose(), try a.transpose()) },
        Exchange("a product, b in place") { a, b in (try matmul(a, b) / 7, try b * 0.5) },
        Exchange("rows of both") { a, b in
            (
                try concatenate([b.slice(3..<7), a.slice(0..<3)]),
                try concatenate([a.slice(6..<7), exp(-b).slice(0..<6)])
            )
        },
        Exchange("a unchanged") { a, b in (a, try a + b) },
        Exchange("in place, though read after") { a, b in (try a * 0.5, try a.transpose() + b) },
        Exchange("in place, though summed after") { a, b in
            (try a * 0.5, try b + a.sum([0]) / 7)
        },
    ]

    @Test(arguments: exchanges, TestBackend.allDevices)
    func updatesTakeTheOldValues(exchange: Exchange, kind: TestBackend) throws {
        for isReversed in [false, true] {
            let (a, b) = try (Tensor.parameter("a", [7, 7]), Tensor.parameter("b", [7, 7]))
            let new = try exchange.values(a, b)
            let updates = [(parameter: a, value: new.a), (parameter: b, value: new.b)]
            // Outputs that are a leaf, a view of one, and an update.
            let graph = try Graph(
                outputs: ["old": b, "view": a.slice(2..<5), "new": new.b],
                updates: isReversed ? updates.reversed() : updates)
            try expectAgreement(
                graph, kind, "\(exchange.testDescription)\(isReversed ? ", listed backwards" : "")")
            let alone = try Graph(updates: isReversed ? updates.reversed() : updates)
            try expectAgreement(alone, kind, "\(exchange.testDescription), without outputs")
        }
    }

    private func expectAgreement(_ graph: Graph, _ kind: TestBackend, _ context: String) throws {
        let reference = ReferenceBackend<Bounded>()
        let expected = try prepared(graph, on: reference)
        try withBackend(kind) { backend in
            let executable = try prepared(graph, on: backend)
            for run in 1...3 {
                try expected.run()
                try executable.run()
                for name in graph.outputs.map(\.name) + ["a", "b"] {
                    expectAdmitted(
                        try backend.values(of: executable.buffer(named: name)),
                        by: try reference.bounds(of: expected.buffer(named: name)),
                        "\(name) after run \(run), \(context)")
                }
            }
        }
    }

    private func prepared(_ graph: Graph, on backend: any Backend) throws -> any Executable {
        let executable = try backend.compile(graph)
        for name in ["a", "b"] {
            var random = Randomness(name)
            let values = (0..<49).map { _ in Float(random.real(-1, 1)) }
            try backend.write(values, to: executable.buffer(named: name))
        }
        return executable
    }
}
