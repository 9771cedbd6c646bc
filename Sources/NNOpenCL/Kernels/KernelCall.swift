import NNCompiler

/// A launch as data: which kernel, on how much work, with which arguments.
///
/// Its program is not built yet, and its memory may not be known.
struct KernelCall {
    let name: String
    /// Where the kernel stands.
    let file: KernelFile
    /// What it computes element by element, in OpenCL C, if the file is a frame.
    var definitions = ""
    /// The compiler's options that the file asks for: definitions of macros.
    var options = ""
    let global: [Int]
    let local: [Int]
    let label: String
    let cost: Launch.Cost
    let arguments: [Argument]

    /// The workgroups along each axis.
    var groups: [Int] { zip(global, local).map { $0 / $1 } }

    /// The text of its file: all of a frame, else without the other kernels that stand there.
    var ownText: String { definitions.isEmpty ? file.text(withOnly: name) : file.text }

    /// An argument of a kernel.
    enum Argument {
        /// The memory that a view lies in.
        case memory(View)
        /// Where in its memory a view begins, in elements.
        case firstElement(View)
        /// A number of elements, rows or the like.
        case count(Int)
        case int32(Int32)
        case float(Float)
        /// Memory that the work-items of a group share.
        case localMemory(byteCount: Int)
    }
}

extension [KernelCall.Argument] {
    /// A view as kernels take it: the memory and where in it the view begins.
    static func view(_ view: View) -> Self { [.memory(view), .firstElement(view)] }

    /// Numbers of elements, rows or the like.
    static func counts(_ counts: [Int]) -> Self { counts.map { .count($0) } }
}

extension KernelCall.Argument {
    /// The argument as the driver takes it; memory must be known by now.
    var bound: any KernelArgument {
        switch self {
        case .memory(let view): view.buffer
        case .firstElement(let view): UInt32(view.firstElement)
        case .count(let count): UInt32(count)
        case .int32(let number): number
        case .float(let number): number
        case .localMemory(let byteCount): LocalMemory(byteCount: byteCount)
        }
    }
}

extension Buffer: Memory {}

extension View {
    /// The memory behind the view, once memory is planned.
    var buffer: Buffer {
        guard let buffer = residence.memory as? Buffer else {
            preconditionFailure("a view lies in the memory of another backend")
        }
        return buffer
    }
}

extension KernelLibrary {
    /// A call of a kernel whose work falls into `units` independent rows or panels.
    ///
    /// The kernels divide any number of units among however many work-items there are: no more than
    /// `elements` are worth, which all units read together.
    func call(
        _ name: String, of file: KernelFile, definitions: String = "", options: String = "",
        units: Int, elements: Int = .max, label: String, cost: Launch.Cost,
        arguments: [KernelCall.Argument]
    ) -> KernelCall {
        let (suffix, global, local) =
            switch form {
            case .serial:
                ("", min(units, desiredParallelism, worthwhileItems(for: elements)), 1)
            case .workgroup: ("_workgroup", units * workgroupSize, workgroupSize)
            }
        return KernelCall(
            name: name + suffix, file: file, definitions: definitions, options: options,
            global: [global], local: [local], label: label, cost: cost, arguments: arguments)
    }
}
