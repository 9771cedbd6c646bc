import NNGraph

/// The way from a graph to a program: all passes, in their order.
///
/// A pass says what has to hold before it (`needs`) and what holds after it (`leaves`); whatever held
/// before still does unless it says otherwise (`undoes`). ``Promise`` tells what each of these words
/// means and can check it: after every pass where `verifies` is set.
package struct Pipeline<Target: CompilerTarget> {
    /// One step from a graph to a program.
    package struct Pass {
        package let name: String
        package let needs: [Promise]
        package let leaves: [Promise]
        package let undoes: [Promise]
        fileprivate let run: (inout Compilation<Target>) throws -> Void

        package init(
            _ name: String, needs: [Promise] = [], leaves: [Promise] = [], undoes: [Promise] = [],
            _ run: @escaping (inout Compilation<Target>) throws -> Void
        ) {
            self.name = name
            self.needs = needs
            self.leaves = leaves
            self.undoes = undoes
            self.run = run
        }
    }

    /// The passes in the order in which they run.
    ///
    /// Equal computations are found before updates are split, so that a gradient is seen to be put
    /// together from parts, and again after it, since splitting leaves equal slices and reshapes behind.
    package static var passes: [Pass] {
        [
            Pass("settle layouts") { try $0.settleLayouts() },
            Pass("simplify", leaves: [.isSimple]) { try $0.simplify() },
            Pass("factor sums", needs: [.isSimple], undoes: [.isSimple]) { try $0.factorSums() },
            Pass("simplify sums", leaves: [.isSimple]) { try $0.simplify() },
            Pass("split updates", needs: [.isSimple], undoes: [.isSimple]) {
                try $0.splitUpdates()
            },
            Pass("simplify again", leaves: [.isSimple]) { try $0.simplify() },
            Pass("recompute", needs: [.isSimple], leaves: [.isRecomputed], undoes: [.isSimple]) {
                try $0.recompute()
            },
            Pass("fuse", needs: [.isRecomputed], leaves: [.isFused, .hasRoles]) { try $0.fuse() },
            Pass("place", needs: [.isFused], leaves: [.isPlaced]) { $0.place() },
            Pass("lower", needs: [.hasRoles, .isPlaced], leaves: [.isLowered]) { try $0.lower() },
            Pass("deliver outputs", needs: [.isLowered], leaves: [.isDelivered]) { $0.deliver() },
            Pass("update in place", needs: [.isLowered], leaves: [.isUpdated]) {
                $0.updateInPlace()
            },
            Pass("stage", needs: [.isDelivered, .isUpdated], leaves: [.isStaged]) { $0.stage() },
            Pass("plan memory", needs: [.isStaged], leaves: [.isPlanned]) { $0.planMemory() },
        ]
    }

    private let passes: [Pass]
    private let verifies: Bool

    /// - Parameters:
    ///   - verifies: Whether every promise is checked after every pass.
    ///   - passes: What to run in place of ``passes``, for tests.
    package init(verifies: Bool, passes: [Pass] = Self.passes) {
        self.passes = passes
        self.verifies = verifies
    }

    /// Takes a graph through the passes.
    ///
    /// - Parameters:
    ///   - graph: What to compile.
    ///   - target: The device.
    ///   - boundary: The storages of leaves and outputs, by name.
    ///   - last: The pass to end with; nil for all.
    ///   - watch: Told each pass and what it leaves.
    /// - Returns: The program, and what it was made from on the way.
    /// - Throws: What lowering throws, and ``CompilerError`` for passes that do not fit together or do
    ///   not keep their promises.
    package func run(
        _ graph: Graph, for target: Target, boundary: [String: Storage],
        through last: String? = nil,
        watch: (Pass, Compilation<Target>) throws -> Void = { _, _ in }
    ) throws -> Compilation<Target> {
        var compilation = Compilation(graph, for: target, boundary: boundary)
        var held: [Promise] = []
        for pass in passes {
            if let missing = pass.needs.first(where: { !held.contains($0) }) {
                throw CompilerError.passOrder(pass: pass.name, needs: missing.rawValue)
            }
            try pass.run(&compilation)
            held.removeAll { pass.undoes.contains($0) || pass.leaves.contains($0) }
            held += pass.leaves
            if verifies {
                for promise in held {
                    guard let found = promise.violation(in: compilation) else { continue }
                    throw CompilerError.broken(
                        pass: pass.name, promise: promise.rawValue, found: found)
                }
            }
            try watch(pass, compilation)
            if pass.name == last { break }
        }
        return compilation
    }
}
