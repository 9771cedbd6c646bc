/// A launch before its program is built.
struct KernelCall {
    let name: String
    /// Where the kernel stands.
    let file: KernelFile
    /// What it computes element by element, if the file is a frame.
    var bodies: [ElementwiseKernel] = []
    /// The compiler's options that the file asks for: definitions of macros.
    var options = ""
    let global: [Int]
    let local: [Int]
    let label: String
    let cost: Launch.Cost
    let arguments: [any KernelArgument]

    /// The workgroups along each axis.
    var groups: [Int] { zip(global, local).map { $0 / $1 } }
}

extension KernelLibrary {
    /// A call of a kernel whose work falls into `units` independent rows or panels.
    ///
    /// The kernels divide any number of units among however many work-items there are: no more than
    /// `elements` are worth, which all units read together.
    func call(
        _ name: String, of file: KernelFile, bodies: [ElementwiseKernel] = [],
        options: String = "", units: Int, elements: Int = .max, label: String,
        cost: Launch.Cost, arguments: [any KernelArgument]
    ) -> KernelCall {
        let (suffix, global, local) =
            switch form {
            case .serial:
                ("", min(units, desiredParallelism, worthwhileItems(for: elements)), 1)
            case .workgroup: ("_workgroup", units * workgroupSize, workgroupSize)
            }
        return KernelCall(
            name: name + suffix, file: file, bodies: bodies, options: options, global: [global],
            local: [local], label: label, cost: cost, arguments: arguments)
    }

    /// The call as a launch of its own.
    func launch(_ call: KernelCall) throws -> Launch {
        try program(of: call.name, in: call.file, bodies: call.bodies, options: call.options)
            .launch(
                call.name, global: call.global, local: call.local, label: call.label,
                cost: call.cost,
                arguments: call.arguments)
    }
}
