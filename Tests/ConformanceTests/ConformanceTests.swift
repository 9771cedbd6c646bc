import NNGraph
import NNReference
import Testing

/// Every entry of the table on every backend in single precision.
@Suite struct ConformanceTests {
    @Test(arguments: ConformanceCase.all)
    func agreesWithItsDefinition(entry: ConformanceCase) throws {
        let (graph, values) = (try entry.graph(), entry.values())
        let reference = ReferenceBackend<Bounded>()
        let expected = try run(graph, on: reference, inputs: values).buffer(named: "y")
        let bounds = try reference.bounds(of: expected)
        let exact = try reference.values(of: expected)
        for kind in [.referenceFloat] + TestBackend.allDevices {
            try withBackend(kind) { backend in
                let executable = try run(graph, on: backend, inputs: values)
                let first = try backend.values(of: executable.buffer(named: "y"))
                if case .exact = entry.comparison {
                    expectSameNumbers(first, exact, "\(entry.name) on \(kind)")
                } else {
                    expectAdmitted(first, by: bounds, "\(entry.name) on \(kind)")
                }
                try executable.run()
                let second = try backend.values(of: executable.buffer(named: "y"))
                expectSameBits(second, first, "\(entry.name) on \(kind), second run")
            }
        }
    }

    /// A bound that allows everything proves nothing.
    @Test func boundsAreClose() throws {
        var worst = (bound: 0.0, name: "")
        let ordinary = ConformanceCase.all.filter { $0.comparison == .bounded }
        for entry in ordinary {
            let reference = ReferenceBackend<Bounded>()
            let executable = try run(entry.graph(), on: reference, inputs: entry.values())
            let bounds = try reference.readScalars(executable.buffer(named: "y"))
            let typical = typicalRelativeBound(bounds)
            #expect(typical < 1e-3, "\(entry.name)")
            if typical > worst.bound { worst = (typical, entry.name) }
        }
        #expect(ordinary.count > ConformanceCase.all.count / 3)
        print("loosest of \(ordinary.count) bounds: \(worst.bound) of the result in \(worst.name)")
    }
}

/// Records an issue unless both hold the same numbers; all NaNs are one, and so are both zeros.
private func expectSameNumbers(
    _ results: Values, _ expected: Values, _ context: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    guard case .floats(let a) = results, case .floats(let b) = expected else {
        expectSameBits(results, expected, context(), sourceLocation: sourceLocation)
        return
    }
    let isSame = { (a: Float, b: Float) in a == b || (a.isNaN && b.isNaN) }
    let bad = a.indices.first { $0 >= b.count || !isSame(a[$0], b[$0]) }
    guard let bad else {
        #expect(a.count == b.count, sourceLocation: sourceLocation)
        return
    }
    Issue.record(
        "\(context()): element \(bad) is \(a[bad]), not \(b[bad])", sourceLocation: sourceLocation)
}
