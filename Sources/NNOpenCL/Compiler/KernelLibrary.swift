import CKernels

/// A file of `Kernels/`, embedded in the binary.
enum KernelFile: String, CaseIterable {
    case argmax
    case chain
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

    /// Whether its form for CPUs is a function that can share a launch with others (`chain`).
    var isChainable: Bool {
        switch self {
        case .elementwise, .gather, .matmulDot, .matmulPanel, .reduceColumns, .reduceRows: true
        default: false
        }
    }

    /// The files that look the same wherever they are needed.
    static let shared: [KernelFile] = [.common, .random]

    /// The files that it needs to stand before it.
    var needed: [KernelFile] {
        switch self {
        case .argmax, .softmaxCrossEntropy: [.common, .logits]
        case .elementwise, .matmulBlock, .matmulParts: [.common, .random]
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

    /// What the kind of device likes.
    init(for device: Device) { self = device.kind == .cpu ? .serial : .workgroup }
}

/// The kernels of `Kernels/`, built for one device in one form.
final class KernelLibrary {
    private let context: Context
    let form: KernelForm
    /// The floats in a vector of the kernels.
    let vectorWidth: Int
    let workgroupSize: Int
    private let options: String
    private let wakesAllCores: Bool
    /// Whether kernels share launches where they can.
    let sharesLaunches: Bool
    /// What the workers of all shared launches share (`chain`), once there is such a launch.
    private var state: Buffer?

    /// For backends that poison memory there are no prefetches, which simulators that watch every access
    /// do not know, and cores meet over the smallest work.
    init(
        _ context: Context, form: KernelForm, vectorWidth: Int? = nil, isPoisoning: Bool = false,
        sparing workarounds: Workarounds = Workarounds()
    ) {
        let device = context.device
        self.context = context
        self.form = form
        self.wakesAllCores = isPoisoning
        self.sharesLaunches = form == .serial && !workarounds.separatesLaunches
        let vectorWidth = vectorWidth ?? Self.vectorWidth(for: device)
        self.vectorWidth = vectorWidth
        workgroupSize = min(256, device.maximumWorkgroupSize)
        // Moments of weights that get no gradient any more shrink to subnormal numbers and stay there,
        // and many processors take far longer for each of these.
        options =
            "-cl-std=CL1.2 -cl-denorms-are-zero"
            + " -DVECTOR_WIDTH=\(vectorWidth) -DWORKGROUP_SIZE=\(workgroupSize)"
            + (form == .workgroup ? " -DWORKGROUP_FORM" : "")
            + (isPoisoning || workarounds.skipsPrefetch ? " -DNO_PREFETCH" : "")
    }

    /// The width that a device's own vectors have, as far as kernels are written for it.
    static func vectorWidth(for device: Device) -> Int {
        [16, 8, 4].first { $0 <= device.nativeFloatVectorWidth } ?? 1
    }

    /// Whether it is to be told how long each launch takes.
    var isProfiling: Bool { context.queue.isProfiling }

    /// The device that the kernels are built for.
    var device: Device { context.device }

    /// How many independent pieces of work keep the whole device busy.
    var desiredParallelism: Int { context.device.computeUnits * (form == .serial ? 16 : 8) }

    /// The columns that one unit of work reduces together in `Kernels/reduce_columns.cl`.
    var panelColumns: Int { form == .serial ? 8 * vectorWidth : 32 }

    /// The elements that a CPU core adds up, or a workgroup, while another pass could be launched.
    var shortestShare: Int { form == .serial ? 32768 : 8192 }

    /// The units of a kernel that gives each element a work-item of its own in the workgroup form.
    func units(rows: Int, width: Int) -> Int {
        form == .serial ? rows : (rows * width + workgroupSize - 1) / workgroupSize
    }

    /// The program of a kernel: of a frame with what it computes element by element, or without the
    /// other kernels of its file.
    func program(
        of kernel: String, in file: KernelFile, bodies: [ElementwiseKernel] = [],
        options: String = ""
    ) throws -> Program {
        let text = bodies.isEmpty ? file.text(withOnly: kernel) : file.text
        let definitions = bodies.map { $0.text(vectorWidth: vectorWidth) }
        let texts = file.needed.map(\.text) + definitions + [text]
        return try context.programs.program(
            named: kernel, source: texts.joined(), options: "\(self.options) \(options)")
    }

    /// Below a few thousand elements, handing out a share costs a CPU more than computing it.
    func worthwhileItems(for elements: Int) -> Int { max(1, elements / 4096) }

    /// Calls in stages as one launch.
    func launch(_ chain: Chain) throws -> Launch {
        let program = try context.programs.program(
            named: KernelFile.chain.rawValue, source: chain.source, options: "\(options) -DIN_CHAIN"
        )
        let workers = chain.workers(outOf: device.computeUnits, wakingAll: wakesAllCores)
        let lists = chain.schedule(workers: workers)
        let schedule = try context.pool.allocate(byteCount: 4 * lists.count)
        try lists.withUnsafeBytes { try context.queue.write($0, to: schedule) }
        return try program.launch(
            KernelFile.chain.rawValue, global: [workers], local: [1], label: chain.label,
            cost: chain.cost,
            arguments: chain.buffers + [schedule, workerState(), chain.localMemory])
    }

    private func workerState() throws -> Buffer {
        if let state { return state }
        let state = try context.pool.allocate(
            byteCount: 4 * Chain.workerWords * (1 + device.computeUnits))
        try context.queue.fill(state, with: UInt32(0))
        self.state = state
        return state
    }

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
        try program(of: name, in: .peak).launch(
            name, global: [global], local: [local], arguments: arguments)
    }

    func peakCopy(from source: Buffer, to target: Buffer, count: Int) throws -> Launch {
        let (items, local, _) = peakRange
        return try peakLaunch(
            form == .serial ? "peak_copy" : "peak_copy_workgroup", global: items, local: local,
            [source, target, UInt32(count)])
    }
}
