import NNGraph
import Testing

@testable import NNOpenCL

/// Which operations run together.
@Suite struct FusionPlanTests {
    private let x: Tensor
    private let y: Tensor

    init() throws {
        x = try .input("x", [4, 5])
        y = try .input("y", [4, 5])
    }

    @Test func aChainIsOneGroup() throws {
        let groups = try groups(Graph(outputs: ["z": tanh(exp(x) * y + 1)]))
        #expect(groups.map(\.members.count) == [4])
        #expect(groups[0].outputs.map(\.operation.name) == ["tanh"])
    }

    @Test func aGroupMayHaveSeveralResults() throws {
        let shared = try exp(x)
        let product = try shared * y
        let groups = try groups(Graph(outputs: ["a": shared, "b": product, "c": product - shared]))
        #expect(groups.map(\.members.count) == [3])
        #expect(Set(groups[0].outputs.map(\.operation.name)) == ["exp", "multiply", "subtract"])
    }

    @Test func membersComeAfterTheirOperands() throws {
        for seed in 1...60 as ClosedRange<UInt64> {
            for group in try groups(RandomGraph(seed: seed).graph) {
                var seen: Set<Tensor> = []
                for member in group.members {
                    let inner = member.operands.filter(group.members.contains)
                    #expect(inner.allSatisfy(seen.contains), "seed \(seed)")
                    seen.insert(member)
                }
            }
        }
    }

    @Test func differentShapesAreDifferentGroups() throws {
        let groups = try groups(Graph(outputs: ["z": exp(x).sum([1], keepingAxes: true) + tanh(y)]))
        // The sum takes exp along, as nothing else reads it; tanh joins the addition.
        #expect(
            groups.map { $0.members.map(\.operation.name) } == [["exp", "sum"], ["tanh", "add"]])
    }

    @Test func whatWaitsForAReductionDoesNotJoinItsOperands() throws {
        let shared = try exp(x)
        let normalized = try shared / shared.sum([1], keepingAxes: true)
        let groups = try groups(Graph(outputs: ["z": normalized]))
        #expect(groups.map { $0.members.map(\.operation.name) } == [["exp"], ["divide"]])
    }

    @Test func aPathThroughAnotherGroupIsNoReasonToJoin() throws {
        // a is read by c directly and by way of a sum that b takes part in.
        let a = try exp(x)
        let b = try (tanh(a).sum([1], keepingAxes: true) * 2).broadcast(to: [4, 5])
        let c = try a + b
        try expectOrdered(Graph(outputs: ["c": c, "d": tanh(a)]))
    }

    @Test func nothingRunsBeforeWhatItReads() throws {
        for seed in 1...150 as ClosedRange<UInt64> {
            try expectOrdered(simplified(RandomGraph(seed: seed).graph))
        }
    }

    @Test func kernelsHaveFewOperands() throws {
        let inputs = try (0..<60).map { try Tensor.input("i\($0)", [7]) }
        let sum = try inputs.dropFirst().reduce(inputs[0]) { try $0 + $1 }
        let groups = try groups(Graph(outputs: ["sum": sum]))
        #expect(groups.count > 1)
        for group in groups {
            let read = Set(group.members.flatMap(\.operands)).subtracting(group.members)
            #expect(read.count + group.outputs.count <= 24)
        }
    }

    @Test func numbersCountLess() throws {
        let scaled = try (1...40).reduce(x) { try $0 * (1 + 1 / Double($1)) }
        #expect(try groups(Graph(outputs: ["scaled": scaled])).map(\.members.count) == [40])
    }

    // MARK: - Cross-entropy

    @Test func aLossAndItsGradientArePaired() throws {
        let labels = try Tensor.input("labels", [4], .int32)
        let loss = try softmaxCrossEntropy(x, labels)
        let gradient = try gradients(of: loss.mean(), withRespectTo: [x])[0]
        let graph = try simplified(Graph(outputs: ["loss": loss.mean(), "gradient": gradient]))
        #expect(pairs(graph) == [["softmaxCrossEntropy", "softmaxCrossEntropyGradient"]])
    }

    @Test func aGradientThatDependsOnTheLossIsNotPaired() throws {
        let labels = try Tensor.input("labels", [4], .int32)
        let loss = try softmaxCrossEntropy(x, labels)
        let gradient = try gradients(of: (loss * loss).sum(), withRespectTo: [x])[0]
        let graph = try simplified(Graph(outputs: ["loss": loss, "gradient": gradient]))
        #expect(pairs(graph).isEmpty)
        try expectOrdered(graph)
    }

    @Test func lossesOfDifferentLabelsAreNotPaired() throws {
        let (a, b) = try (Tensor.input("a", [4], .int32), Tensor.input("b", [4], .int32))
        let gradient = try gradients(of: softmaxCrossEntropy(x, b), withRespectTo: [x])[0]
        let graph = try Graph(outputs: ["loss": softmaxCrossEntropy(x, a), "gradient": gradient])
        #expect(pairs(graph).isEmpty)
    }

    // MARK: - Reading a plan

    private func allGroups(_ graph: Graph) -> [Group] {
        FusionPlan(graph).steps.compactMap { if case .group(let group) = $0 { group } else { nil } }
    }

    private func groups(_ graph: Graph) throws -> [Group] {
        allGroups(try simplified(graph)).filter { $0.members[0].operation.isElementwise }
    }

    private func pairs(_ graph: Graph) -> [[String]] {
        allGroups(graph).filter { $0.loss != nil && $0.lossGradient != nil }
            .map { $0.members.map(\.operation.name) }
    }

    private func expectOrdered(
        _ graph: Graph, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var done: Set<Tensor> = []
        for step in FusionPlan(graph).steps {
            let members =
                switch step {
                case .group(let group): group.members
                case .single(let node): [node]
                }
            let read = Set(members.flatMap(\.operands)).subtracting(members)
            #expect(read.isSubset(of: done), sourceLocation: sourceLocation)
            #expect(done.isDisjoint(with: members), sourceLocation: sourceLocation)
            done.formUnion(members)
        }
        #expect(done.isSuperset(of: graph.nodes), sourceLocation: sourceLocation)
    }
}
