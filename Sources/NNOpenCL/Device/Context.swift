import COpenCL

/// One device with its queue, its memory and its programs.
///
/// A context and everything made by it belong to one thread at a time. Contexts are independent of
/// each other, so several threads may have one each.
final class Context {
    let device: Device
    let counters: Counters
    let queue: Queue
    let pool: BufferPool
    let programs: ProgramCache

    private let owner: Handle

    /// Opens a device; with profiling, events tell when their launches ran, and exact buffers end
    /// where their contents do.
    init(
        device: Device, profiling: Bool = false, exactBuffers: Bool = false,
        programFolder: String? = CacheFolder.shared.path
    ) throws(OpenCLError) {
        let owner = try Handle(.context, "clCreateContext", doing: "opening \(device.name)") {
            var devices: cl_device_id? = device.handle
            return clCreateContext(nil, 1, &devices, nil, nil, $0)
        }
        let counters = Counters()
        queue = try Queue(
            context: owner, device: device, profiling: profiling, counters: counters)
        pool = BufferPool(
            device: device, counters: counters, isExact: exactBuffers
        ) { byteCount throws(OpenCLError) in
            try Self.allocate(byteCount, in: owner, on: device)
        }
        programs = ProgramCache(
            context: owner, device: device, folder: programFolder, counters: counters)
        self.device = device
        self.counters = counters
        self.owner = owner
    }

    /// The `cl_context`, valid only as long as this context.
    var handle: cl_context { owner.raw }

    private static func allocate(
        _ byteCount: Int, in context: Handle, on device: Device
    ) throws(OpenCLError) -> Handle {
        var status = CL_SUCCESS
        let flags = cl_mem_flags(CL_MEM_READ_WRITE)
        let memory = clCreateBuffer(context.raw, flags, byteCount, nil, &status)
        try check(status, "clCreateBuffer", touching: byteCount, on: device)
        guard let memory else { throw .outOfMemory(bytes: byteCount, device: device.name) }
        return Handle(adopting: memory, as: .buffer)
    }
}
