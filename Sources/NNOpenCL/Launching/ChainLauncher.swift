import NNCompiler

/// Units share launches, as functions of a ``Chain``: CPUs.
///
/// A launch ends where a unit cannot be chained (CLBlast's products) or memories exceed
/// ``Chain/memoryLimit``; and after every stage where launches are to be timed.
final class ChainLauncher: Launcher {
    private let kernels: KernelLibrary
    private let separate: SeparateLauncher
    private let workers: SharedWorkerState

    init(_ kernels: KernelLibrary, _ products: MatrixProducts, _ workers: SharedWorkerState) {
        self.kernels = kernels
        self.workers = workers
        separate = SeparateLauncher(kernels: kernels, products: products)
    }

    func commands(of stages: [[ProgramUnit<Lowering.Work>]]) throws -> [any Command] {
        var commands: [any Command] = []
        var chain: [[KernelCall]] = []
        var memories: Set<ObjectIdentifier> = []
        func endChain() throws {
            chain.removeAll(where: \.isEmpty)
            if !chain.isEmpty { commands.append(try launch(Chain(chain))) }
            (chain, memories) = ([], [])
        }
        for stage in stages {
            var others: [any Command] = []
            chain.append([])
            for unit in stage {
                guard case .call(let call) = unit.work, call.file.isChainable else {
                    others.append(try separate.command(of: unit.work))
                    continue
                }
                let own = Set(call.arguments.compactMap(\.memory))
                if memories.union(own).count > Chain.memoryLimit {
                    try endChain()
                    chain = [[]]
                }
                memories.formUnion(own)
                chain[chain.count - 1].append(call)
            }
            if !others.isEmpty || kernels.isProfiling { try endChain() }
            commands += others
        }
        try endChain()
        return commands
    }

    private func launch(_ chain: Chain) throws -> Launch {
        let program = try kernels.program(
            named: KernelFile.chain.rawValue, source: chain.source, options: "-DIN_CHAIN")
        let cores = kernels.device.computeUnits
        let schedule = Schedule(
            chain,
            workers: Schedule.workers(
                for: chain, outOf: cores, wakingAll: kernels.wakesAllCores),
            counterWords: Schedule.counterWords(forWorkers: cores))
        let words = try kernels.context.pool.allocate(
            byteCount: schedule.words.count * MemoryLayout<UInt32>.size)
        try schedule.words.withUnsafeBytes { try kernels.context.queue.write($0, to: words) }
        return try program.launch(
            KernelFile.chain.rawValue, global: [schedule.workers], local: [1], label: chain.label,
            cost: chain.cost,
            arguments: chain.memoryArguments
                + [
                    words, workers.buffer(forStages: chain.stages.count, in: kernels.context),
                    chain.localMemory,
                ])
    }
}

/// What the workers of all chains on a queue share: counters that every launch leaves at zero.
final class SharedWorkerState {
    private var buffer: Buffer?

    /// Memory with counters for so many stages.
    func buffer(forStages stages: Int, in context: Context) throws -> Buffer {
        let byteCount = Schedule.sharedBytes(
            forWorkers: context.device.computeUnits, stages: stages)
        if let buffer, buffer.byteCount >= byteCount { return buffer }
        let larger = try context.pool.allocate(byteCount: byteCount)
        try context.queue.fill(larger, with: UInt32(0))
        buffer = larger
        return larger
    }
}

extension KernelCall.Argument {
    /// The memory that it is, if it is any.
    fileprivate var memory: ObjectIdentifier? {
        if case .memory(let view) = self { ObjectIdentifier(view.buffer) } else { nil }
    }
}
