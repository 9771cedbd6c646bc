import CKernels

/// A file of `Kernels/`, embedded in the binary.
enum KernelFile: String, CaseIterable {
    case argmax
    case columns
    case common
    case elementwise
    case gather
    case logits
    case matmulBlock = "matmul_block"
    case matmulDot = "matmul_dot"
    case matmulPanel = "matmul_panel"
    case matmulParts = "matmul_parts"
    case peak
    case random
    case reduceColumns = "reduce_columns"
    case reduceRows = "reduce_rows"
    case scatterAdd = "scatter_add"
    case softmax
    case softmaxCrossEntropy = "softmax_cross_entropy"

    /// The OpenCL C of the file; empty only if `CKernels.c` does not list it, which a test forbids.
    var text: String { kernel_source(rawValue).map { String(cString: $0) } ?? "" }

    /// The text with one kernel only, as drivers compile all kernels of a program, used or not.
    ///
    /// A kernel begins in a line that starts with `__kernel` and ends with a line that is `}`.
    func text(withOnly kernel: String) -> String {
        var isKept = true
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            if line.hasPrefix("__kernel ") { isKept = line.contains(" \(kernel)(") }
            defer { if line == "}" { isKept = true } }
            return isKept
        }.joined(separator: "\n")
    }

    /// The files that it needs to stand before it.
    var needed: [KernelFile] {
        switch self {
        case .argmax, .softmaxCrossEntropy: [.common, .logits]
        case .elementwise: [.random]
        case .matmulBlock, .matmulParts: [.common, .random]
        case .matmulDot: [.common, .random, .logits]
        case .matmulPanel, .reduceColumns, .reduceRows: [.common, .random, .columns]
        default: [.common]
        }
    }
}

/// The shape of work that a device likes.
public enum KernelForm: String, Sendable, Codable, CaseIterable {
    /// One work-item owns whole rows and loops over explicit vectors: CPUs.
    case serial
    /// A workgroup shares a row through local memory: GPUs.
    case workgroup
}

/// The kernels of `Kernels/`, built for one device in one form.
final class KernelLibrary {
    private let context: Context
    let form: KernelForm
    /// The floats in a vector of the kernels.
    let vectorWidth: Int
    private let workgroupSize: Int
    private let options: String

    /// Simulators that watch every access know no prefetches, so `prefetches` can be off.
    init(
        _ context: Context, form: KernelForm, vectorWidth: Int? = nil, prefetches: Bool = true
    ) {
        let device = context.device
        self.context = context
        self.form = form
        let vectorWidth =
            vectorWidth ?? [16, 8, 4].first { $0 <= device.nativeFloatVectorWidth } ?? 1
        self.vectorWidth = vectorWidth
        workgroupSize = min(256, device.maximumWorkgroupSize)
        options =
            "-cl-std=CL1.2 -DVECTOR_WIDTH=\(vectorWidth) -DWORKGROUP_SIZE=\(workgroupSize)"
            + (form == .workgroup ? " -DWORKGROUP_FORM" : "")
            + (prefetches ? "" : " -DNO_PREFETCH")
    }

    /// The device that the kernels are built for.
    var device: Device { context.device }

    /// How many independent pieces of work keep the whole device busy.
    var desiredParallelism: Int { context.device.computeUnits * (form == .serial ? 16 : 8) }

    /// The columns that one unit of work reduces together in `Kernels/reduce_columns.cl`.
    var panelColumns: Int { form == .serial ? 8 * vectorWidth : 32 }

    /// The elements that a CPU core adds up, or a workgroup, while another pass could be launched.
    var shortestShare: Int { form == .serial ? 32768 : 8192 }

    /// A launch of a kernel whose work falls into `units` independent rows or panels.
    ///
    /// The kernels divide any number of units among however many work-items there are: no more than
    /// `elements` are worth, which all units read together.
    func launch(
        _ name: String, of program: Program, units: Int, elements: Int = .max, label: String,
        cost: Launch.Cost, arguments: [any KernelArgument]
    ) throws -> Launch {
        switch form {
        case .serial:
            let items = min(units, desiredParallelism, worthwhileItems(for: elements))
            return try program.launch(
                name, global: [items], local: [1], label: label, cost: cost, arguments: arguments)
        case .workgroup:
            return try program.launch(
                functionName(name), global: [units * workgroupSize], local: [workgroupSize],
                label: label, cost: cost, arguments: arguments)
        }
    }

    /// The units of a kernel that gives each element a work-item of its own in the workgroup form.
    func units(rows: Int, width: Int) -> Int {
        form == .serial ? rows : (rows * width + workgroupSize - 1) / workgroupSize
    }

    /// What the kernel of an operation is called in this form.
    private func functionName(_ operation: String) -> String {
        form == .serial ? operation : operation + "_workgroup"
    }

    /// A kernel that stands in its file as it is, in this form.
    func program(
        _ file: KernelFile, for operation: String, options: String = ""
    ) throws -> Program {
        try program(file, withOnly: functionName(operation), options: options)
    }

    private func program(
        _ file: KernelFile, withOnly kernel: String, options: String = ""
    ) throws -> Program {
        try context.programs.program(
            named: kernel,
            source: file.needed.map(\.text).joined() + file.text(withOnly: kernel),
            options: "\(self.options) \(options)")
    }

    // MARK: - Generated bodies

    /// A matrix product or a reduction with what it computes element by element.
    func program(
        _ file: KernelFile, bodies: [ElementwiseKernel], options: String = ""
    ) throws -> Program {
        let definitions = bodies.map { $0.text(vectorWidth: vectorWidth) }
        let texts = file.needed.map(\.text) + definitions + [file.text]
        return try context.programs.program(
            named: file.rawValue, source: texts.joined(), options: "\(self.options) \(options)")
    }

    /// Below a few thousand elements, handing out a share costs a CPU more than computing it.
    private func worthwhileItems(for elements: Int) -> Int { max(1, elements / 4096) }

    /// The work sizes of an elementwise kernel.
    func elementwiseRange(rows: Int, columns: Int) -> (global: [Int], local: [Int]) {
        switch form {
        case .serial:
            let items = min(desiredParallelism, worthwhileItems(for: rows * columns))
            return rows >= items
                ? ([1, items], [1, 1]) : ([min(columns, items / rows), rows], [1, 1])
        case .workgroup:
            var width = 1
            while width < min(columns, workgroupSize) { width *= 2 }
            let height = workgroupSize / width
            return (
                [(columns + width - 1) / width * width, (rows + height - 1) / height * height],
                [width, height]
            )
        }
    }

    // MARK: - Limits

    /// Work-items, workgroup size and vector width that saturate the arithmetic units.
    var peakRange: (items: Int, local: Int, width: Int) {
        switch form {
        case .serial: (desiredParallelism, 1, vectorWidth)
        case .workgroup:
            (context.device.computeUnits * 8 * workgroupSize, workgroupSize, vectorWidth)
        }
    }

    func peakLaunch(
        _ name: String, global: Int, local: Int, _ arguments: [any KernelArgument]
    ) throws -> Launch {
        try program(.peak, withOnly: name).launch(
            name, global: [global], local: [local], arguments: arguments)
    }

    func peakCopy(from source: Buffer, to target: Buffer, count: Int) throws -> Launch {
        let (items, local, _) = peakRange
        return try peakLaunch(
            form == .serial ? "peak_copy" : "peak_copy_workgroup", global: items, local: local,
            [source, target, UInt32(count)])
    }
}
