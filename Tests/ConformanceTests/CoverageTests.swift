import NNGraph
import Testing

/// What the table must have.
@Suite struct CoverageTests {
    @Test func everyOperationIsInTheTable() throws {
        var seen: Set<OperationKind> = []
        for entry in ConformanceCase.all {
            seen.formUnion(try entry.graph().nodes.map { OperationKind($0.operation) })
        }
        #expect(OperationKind.all.subtracting(seen).isEmpty)
        #expect(seen.subtracting(OperationKind.all).isEmpty, "OperationKind.all misses some")
    }

    @Test func everyDerivativeRuleIsTested() throws {
        var seen: Set<OperationKind> = []
        for entry in ConformanceCase.all where !entry.differentiated.isEmpty {
            let (leaves, result) = try entry.tensors()
            var reached = Set(entry.differentiated.map { leaves[$0] })
            for node in try Graph(outputs: ["y": result]).nodes
            where node.operands.contains(where: reached.contains) {
                reached.insert(node)
                seen.insert(OperationKind(node.operation))
            }
        }
        let missing = OperationKind.all.subtracting(OperationKind.withoutDerivative).subtracting(
            seen)
        #expect(missing.isEmpty)
    }

    @Test func namesAreDifferent() {
        let names = ConformanceCase.all.map(\.name)
        let repeated = Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys
        #expect(repeated.isEmpty)
    }
}
