import COpenCL

/// A kernel with its arguments and sizes set, ready to be enqueued any number of times.
///
/// It has a kernel object of its own, so that setting the arguments of one launch never changes
/// another, and it keeps the buffers: `clSetKernelArg` does not, and drivers crash without them.
final class Launch {
    /// What one run of the kernel moves and computes, for reports.
    struct Cost {
        var bytes = 0
        var flops = 0
    }

    let label: String
    let cost: Cost

    private let kernel: Kernel
    private let buffers: [Buffer]
    private let global: [Int]
    private let local: [Int]?

    init(
        _ kernel: Kernel, on device: Device, global: [Int], local: [Int]?, label: String,
        cost: Cost, arguments: [any KernelArgument]
    ) throws(OpenCLError) {
        if let rule = WorkSizeRule.broken(by: global, local, kernel: kernel, device: device) {
            throw .workSize(kernel: kernel.name, global: global, local: local, rule: rule)
        }
        guard arguments.count == kernel.argumentCount else {
            throw .argumentCount(
                kernel: kernel.name, given: arguments.count, expected: kernel.argumentCount)
        }
        for (index, argument) in arguments.enumerated() {
            try check(
                argument.set(on: kernel.handle, at: cl_uint(index)), "clSetKernelArg",
                doing: "setting argument \(index) of kernel \(kernel.name)")
        }
        self.kernel = kernel
        self.buffers = arguments.compactMap { $0 as? Buffer }
        self.global = global
        self.local = local
        self.label = label
        self.cost = cost
    }

    /// The kernel's name in its source.
    var kernelName: String { kernel.name }

    /// The size of all buffers that the kernel may touch.
    var boundBytes: Int { buffers.reduce(0) { $0 + $1.byteCount } }

    /// Enqueues the kernel and returns the driver's status.
    func enqueue(on queue: cl_command_queue, event: UnsafeMutablePointer<cl_event?>?) -> Int32 {
        clEnqueueNDRangeKernel(
            queue, kernel.handle, cl_uint(global.count), nil, global, local, 0, nil, event)
    }
}

extension WorkSizeRule {
    fileprivate static func broken(
        by global: [Int], _ local: [Int]?, kernel: Kernel, device: Device
    ) -> WorkSizeRule? {
        guard (1...3).contains(global.count), global.allSatisfy({ $0 > 0 }) else { return .shape }
        guard let local else { return nil }
        guard local.count == global.count, local.allSatisfy({ $0 > 0 }) else { return .shape }
        guard zip(global, local).allSatisfy({ $0.isMultiple(of: $1) }) else { return .divisible }
        let limits = device.maximumWorkItemSizes
        guard zip(local, limits).allSatisfy({ $0 <= $1 }) else {
            return .workItems(limits: limits)
        }
        let limit = kernel.maximumWorkgroupSize
        return local.reduce(1, *) <= limit ? nil : .workgroup(limit: limit)
    }
}
