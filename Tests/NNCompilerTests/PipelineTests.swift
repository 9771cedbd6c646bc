import NNGraph
import Testing

@testable import NNCompiler

/// The passes fit together, and a pass that breaks a promise is found out.
@Suite struct PipelineTests {
    private typealias Pass = Pipeline<PlainTarget>.Pass

    /// A step with everything that passes look for: parameters in one vector, a loss, a bias.
    private func step() throws -> Graph {
        let parameters = try Tensor.parameter("parameters", [4 * 3 + 4])
        let weight = try parameters.slice(0..<12).reshape([4, 3])
        let bias = try parameters.slice(12..<16)
        let x = try Tensor.input("x", [5, 3]), labels = try Tensor.input("labels", [5], .int32)
        let logits = try matmul(x, weight, transposeB: true) + bias
        let loss = try softmaxCrossEntropy(logits, labels).mean()
        let slopes = try gradients(of: loss, withRespectTo: [weight, bias])
        let gradient = try concatenate(slopes.map { try $0.reshape([$0.shape.count]) })
        return try Graph(
            outputs: ["loss": loss], updates: [(parameters, parameters - gradient * 0.1)])
    }

    private func run(_ passes: [Pass], _ graph: Graph? = nil) throws -> Compilation<PlainTarget> {
        try Pipeline<PlainTarget>(verifies: true, passes: passes).run(
            graph ?? step(), for: PlainTarget(), boundary: [:])
    }

    @Test func allPassesKeepTheirPromises() throws {
        let compilation = try run(Pipeline<PlainTarget>.passes)
        #expect(compilation.memory != nil)
        #expect(compilation.stages.count >= 3)
    }

    @Test func everyPromiseIsMadeByAPass() {
        let made = Set(Pipeline<PlainTarget>.passes.flatMap(\.leaves))
        #expect(made == Set(Promise.allCases))
    }

    /// Every pass moved before the one that sees to what it needs.
    @Test func aPassBeforeOneThatItNeedsIsNoticed() throws {
        let passes = Pipeline<PlainTarget>.passes
        var refused = 0
        for place in passes.indices.dropFirst() where !passes[place].needs.isEmpty {
            var moved = passes
            moved.insert(moved.remove(at: place), at: 0)
            #expect(throws: CompilerError.self, "\(passes[place].name)") { try run(moved) }
            refused += 1
        }
        #expect(refused == 10)
    }

    /// What splitting leaves has to be simplified again.
    @Test func splittingUndoesWhatSimplifyingHasDone() {
        let passes = Pipeline<PlainTarget>.passes.filter { $0.name != "simplify again" }
        #expect(
            throws: CompilerError.passOrder(pass: "recompute", needs: Promise.isSimple.rawValue)
        ) { try run(passes) }
    }

    /// A saboteur after a pass, for each promise that can be broken from outside.
    @Test(arguments: [
        Promise.isSimple, .isRecomputed, .isFused, .hasRoles, .isLowered, .isStaged, .isPlanned,
    ])
    func aBrokenPromiseIsFound(promise: Promise) throws {
        var passes = Pipeline<PlainTarget>.passes
        let place = try #require(passes.lastIndex { $0.leaves.contains(promise) })
        let sabotage = Pass("sabotage", leaves: [promise]) { compilation in
            switch promise {
            case .isSimple:
                let x = try Tensor.input("x", [2])
                compilation.graph = try Graph(outputs: ["a": tanh(x), "b": tanh(x)])
            case .isRecomputed:
                let (x, mean) = try (Tensor.input("x", [64]), Tensor.input("mean", [1]))
                let deviation = try x - mean
                compilation.graph = try Graph(
                    outputs: ["a": tanh(deviation), "b": deviation.sum([0])])
            case .isFused: compilation.groups.swapAt(0, compilation.groups.count - 1)
            case .hasRoles:
                let group = try #require(compilation.groups.first { $0.source != nil })
                group.prologue = [try exp(Tensor.input("other", [1, 2, 3]))]
            case .isLowered:
                let unread = View(Storage(.float, count: 4), [4])
                compilation.builder?.copy(unread, to: View(Storage(.float, count: 4), [4]))
            case .isStaged: compilation.stages = [compilation.stages.flatMap(\.self)]
            default:
                var memory = try #require(compilation.memory)
                memory.places = memory.places.map { ($0.storage, $0.arena, 0) }
                compilation.memory = memory
            }
        }
        passes.insert(sabotage, at: place + 1)
        let error = #expect(throws: CompilerError.self) { try run(passes) }
        guard case .broken("sabotage", promise.rawValue, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func watchersSeeEveryPass() throws {
        var seen: [String] = []
        _ = try Pipeline<PlainTarget>(verifies: false).run(
            step(), for: PlainTarget(), boundary: [:], through: "lower"
        ) { pass, compilation in
            seen.append(pass.name)
            #expect(!compilation.lines.isEmpty)
        }
        #expect(
            seen == [
                "settle layouts", "simplify", "factor sums", "simplify sums", "split updates",
                "simplify again", "recompute", "fuse", "place", "lower",
            ])
    }
}

/// A device that does nothing: every group becomes one unit.
private struct PlainTarget: CompilerTarget {
    let padsRows = true
    let runsUnitsAtOnce = true
    let memoryLimits = MemoryLimits(arenaBytes: 1 << 30, alignment: 64, isolatesStorages: false)

    func lower(_ group: KernelGroup, in program: ProgramBuilder<PlainTarget>) {
        let members = Set(group.members)
        let read = group.members.flatMap(\.operands).filter { !members.contains($0) }
        program.append(
            group.members.map(\.operation.name).joined(separator: "·"), (),
            reading: read.map(program.view),
            loops: [.init(reads: [], writes: group.outputs.map(program.destination))])
    }

    func copy(_ source: View, to destination: View) {}
}
