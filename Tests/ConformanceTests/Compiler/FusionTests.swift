import NNGraph
import Testing

@testable import NNCompiler

/// Which operations run together.
@Suite struct FusionTests {
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

    @Test func conversionsAreMembers() throws {
        let whole = try exp(x).convert(to: .int32)
        let groups = try groups(
            Graph(outputs: ["z": compare(whole, .equal, .constant(1, [], .int32)) * y]))
        #expect(groups.map(\.members.count) == [4])
    }

    /// All lanes of a vector draw with the same step, so it is no vector.
    @Test func aStepIsComputedBeforeItIsDrawnWith() throws {
        let step = try (Tensor.input("s", []) * 2).convert(to: .int32)
        let number = try Tensor.uniform([], seed: 1, stream: 0, step: step)
        let groups = try groups(Graph(outputs: ["z": number * step.convert(to: .float)]))
        #expect(
            groups.map { $0.members.map(\.operation.name) }.contains(["multiply", "convert"]))
        #expect(groups.count == 2)
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
        #expect(try pairs(graph) == [["softmaxCrossEntropy", "softmaxCrossEntropyGradient"]])
    }

    @Test func aGradientThatDependsOnTheLossIsNotPaired() throws {
        let labels = try Tensor.input("labels", [4], .int32)
        let loss = try softmaxCrossEntropy(x, labels)
        let gradient = try gradients(of: (loss * loss).sum(), withRespectTo: [x])[0]
        let graph = try simplified(Graph(outputs: ["loss": loss, "gradient": gradient]))
        #expect(try pairs(graph).isEmpty)
        try expectOrdered(graph)
    }

    @Test func lossesOfDifferentLabelsAreNotPaired() throws {
        let (a, b) = try (Tensor.input("a", [4], .int32), Tensor.input("b", [4], .int32))
        let gradient = try gradients(of: softmaxCrossEntropy(x, b), withRespectTo: [x])[0]
        let graph = try Graph(outputs: ["loss": softmaxCrossEntropy(x, a), "gradient": gradient])
        #expect(try pairs(graph).isEmpty)
    }

    // MARK: - The order of rules

    /// Each pair of neighbors of which one builds on the other, the wrong way round.
    @Test func aRuleBeforeOneThatItBuildsOnIsNoticed() throws {
        let graph = try Graph(outputs: ["z": exp(x)])
        var refused = 0
        for place in Fusion.rules.indices.dropLast() {
            var rules = Fusion.rules
            rules.swapAt(place, place + 1)
            let needed = rules[place].predecessors.contains { $0 == rules[place + 1] }
            if needed {
                refused += 1
                #expect(
                    throws: CompilerError.ruleOrder(
                        rule: rules[place].name, before: rules[place + 1].name)
                ) { try Fusion.groups(of: graph, by: rules) }
            } else {
                #expect(throws: Never.self) { try Fusion.groups(of: graph, by: rules) }
            }
        }
        #expect(refused >= 3)
    }

    // MARK: - Reading groups

    private func groups(_ graph: Graph) throws -> [KernelGroup] {
        try Fusion.groups(of: simplified(graph)).filter {
            $0.members[0].operation.isElementwise
        }
    }

    private func pairs(_ graph: Graph) throws -> [[String]] {
        try Fusion.groups(of: graph).filter { $0.loss?.value != nil && $0.loss?.gradient != nil }
            .map { $0.members.map(\.operation.name) }
    }

    private func expectOrdered(
        _ graph: Graph, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var done = Set(graph.nodes.filter { !$0.operation.isComputed })
        for group in try Fusion.groups(of: graph) {
            let members = group.members
            let read = Set(members.flatMap(\.operands)).subtracting(members).map { operand in
                var base = operand
                while base.operation.isMovement { base = base.operands[0] }
                return base
            }
            #expect(done.isSuperset(of: read), sourceLocation: sourceLocation)
            #expect(done.isDisjoint(with: members), sourceLocation: sourceLocation)
            done.formUnion(members)
        }
        #expect(done.isSuperset(of: graph.nodes), sourceLocation: sourceLocation)
    }
}
