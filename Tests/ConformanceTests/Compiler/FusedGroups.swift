import NNGraph

@testable import NNCompiler

/// The members' names of the groups of a graph, in their order; operations that are kernels by
/// themselves, and have to be, are left out.
func fusedNames(_ graph: Graph) throws -> [[String]] {
    try Fusion.groups(of: graph).filter { group in
        guard group.members.count == 1 else { return true }
        return group.isElementwise
            || group.source.map { $0.operation.isProduct || $0.operation.isReduction } ?? false
    }.map { $0.members.map(\.operation.name) }
}
