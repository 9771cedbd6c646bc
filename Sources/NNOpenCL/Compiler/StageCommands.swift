extension KernelLibrary {
    /// The commands of stages, each of which depends on those before it alone.
    ///
    /// On CPUs generated kernels share launches, from stage to stage until something comes that is
    /// not generated. Only where each launch is to be timed, every stage has one of its own.
    func commands(of stages: [[Unit]]) throws -> [any Command] {
        var commands: [any Command] = []
        var chain: [[KernelCall]] = []
        func endChain() throws {
            chain.removeAll(where: \.isEmpty)
            if !chain.isEmpty {
                commands.append(try launch(Chain(chain, vectorWidth: vectorWidth)))
            }
            chain = []
        }
        for stage in stages {
            var others: [any Command] = []
            var calls: [KernelCall] = []
            for unit in stage {
                switch try unit.work() {
                case .command(let command): others.append(command)
                case .call(let call) where sharesLaunches && call.file.isChainable:
                    calls.append(call)
                case .call(let call): others.append(try launch(call))
                }
            }
            chain.append([])
            for call in calls {
                if !Chain.fits(chain.dropLast() + [chain[chain.count - 1] + [call]]) {
                    try endChain()
                    chain = [[]]
                }
                chain[chain.count - 1].append(call)
            }
            if !others.isEmpty || isProfiling { try endChain() }
            commands += others
        }
        try endChain()
        return commands
    }
}
