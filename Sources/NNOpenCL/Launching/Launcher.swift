import NNCompiler

/// A way to enqueue the units of a program.
protocol Launcher {
    /// The commands of stages, each of which depends on those before it alone.
    ///
    /// Memory must be known by now.
    func commands(of stages: [[ProgramUnit<Lowering.Work>]]) throws -> [any Command]
}

/// Every unit as a launch of its own: GPUs.
struct SeparateLauncher: Launcher {
    let kernels: KernelLibrary
    let products: MatrixProducts

    func commands(of stages: [[ProgramUnit<Lowering.Work>]]) throws -> [any Command] {
        try stages.joined().map { try command(of: $0.work) }
    }

    /// A command for one unit.
    func command(of work: Lowering.Work) throws -> any Command {
        switch work {
        case .call(let call): try kernels.launch(call)
        case .clBlast(let product): try products.command(of: product)
        }
    }
}
