import NNGraph

/// A graph on its way to a program: what each pass of the ``Pipeline`` finds and what it leaves.
package struct Compilation<Target: CompilerTarget> {
    /// What is to be computed, which the first passes replace by graphs that compute the same.
    package internal(set) var graph: Graph
    /// The kernels, each after all that it reads, from the pass that fuses on.
    package internal(set) var groups: [KernelGroup] = []
    /// What makes the units, from the pass that places on.
    package internal(set) var builder: ProgramBuilder<Target>?
    /// The units in stages, of which those of one stage do not depend on each other.
    package internal(set) var stages: [[ProgramUnit<Target.Work>]] = []
    /// Where intermediate values lie.
    package internal(set) var memory: MemoryPlan?

    let target: Target
    /// The memory of leaves and outputs, by name.
    let boundary: [String: Storage]

    init(_ graph: Graph, for target: Target, boundary: [String: Storage]) {
        self.graph = graph
        self.target = target
        self.boundary = boundary
    }

    /// The units in an order in which they can run.
    package var units: [ProgramUnit<Target.Work>] { builder?.units ?? [] }

    /// The constants that the units read.
    package var constants: [Placement.Constant] { builder?.placement.constants ?? [] }
}

// MARK: - The passes

extension Compilation {
    mutating func settleLayouts() throws { graph = try settlingLayouts(of: graph) }

    mutating func simplify() throws { graph = try simplified(graph) }

    mutating func factorSums() throws { graph = try factoringSums(of: graph) }

    mutating func recompute() throws { graph = try recomputing(graph) }

    mutating func splitUpdates() throws { graph = try splittingUpdates(of: graph) }

    mutating func fuse() throws { groups = try Fusion.groups(of: graph) }

    mutating func place() {
        let placement = Placement(
            graph, leaves: boundary, padding: target.padsRows ? graph.tensorsToPad : [])
        builder = ProgramBuilder(placement, for: target)
    }

    mutating func lower() throws {
        guard let builder else { return }
        for group in groups {
            if let source = group.source, case .concatenate(let axis) = source.operation {
                builder.concatenate(source, axis: axis)
            } else {
                try target.lower(group, in: builder)
            }
        }
    }

    mutating func deliver() {
        for output in graph.outputs {
            let storage = boundary[output.name] ?? Storage(output.value.type, at: nil)
            builder?.deliver(output.value, to: storage)
        }
    }

    mutating func updateInPlace() { builder?.applyUpdates(graph.updates) }

    mutating func stage() {
        stages = target.runsUnitsAtOnce ? NNCompiler.stages(of: units) : units.map { [$0] }
    }

    mutating func planMemory() { memory = MemoryPlan(stages, within: target.memoryLimits) }
}
