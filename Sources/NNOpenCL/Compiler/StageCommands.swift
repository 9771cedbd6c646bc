extension KernelLibrary {
    /// The bytes of arguments that every OpenCL device allows.
    private static let argumentLimit = 1024

    /// The commands of a stage: generated kernels for CPUs share launches.
    func commands(of stage: [Unit]) throws -> [any Command] {
        var commands: [any Command] = []
        var families: [[KernelCall]] = []
        for unit in stage {
            switch try unit.work() {
            case .command(let command): commands.append(command)
            case .call(let call) where form == .serial && call.file.isShareable:
                let family = (families.last ?? []) + [call]
                if family.argumentByteCount <= Self.argumentLimit {
                    families = families.dropLast() + [family]
                } else {
                    families.append([call])
                }
            case .call(let call): commands.append(try launch(call))
            }
        }
        return try commands
            + families.map { try launch(Siblings($0, vectorWidth: vectorWidth)) }
    }
}

extension [KernelCall] {
    /// The bytes of the arguments as siblings, where each has its range besides and the launch its
    /// schedule, state and local memory; every argument lies at a multiple of its size.
    fileprivate var argumentByteCount: Int {
        let sizes = flatMap { call in [16] + call.arguments.map { $0 is Buffer ? 8 : 4 } }
        return (sizes + [8, 8, 8]).reduce(0) { end, size in (end + 2 * size - 1) / size * size }
    }
}
