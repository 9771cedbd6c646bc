import COpenCL

/// A program built for the device of a context.
final class Program {
    private let owner: Handle
    private let device: Device

    /// Compiles OpenCL C; `name` stands for the program in errors.
    init(
        named name: String, source: String, options: String, context: Handle, device: Device
    ) throws(OpenCLError) {
        owner = try Handle(.program, "clCreateProgramWithSource") { status in
            source.withCString { text in
                var text: UnsafePointer<CChar>? = text
                return clCreateProgramWithSource(context.raw, 1, &text, nil, status)
            }
        }
        self.device = device
        let status = build(options: options)
        if OpenCLStatus(rawValue: status) == .buildProgramFailure {
            // That it does not compile matters more than why its log cannot be read.
            let log = (try? buildLog()) ?? "it has no log"
            throw .build(program: name, device: device.name, log: log)
        }
        try check(status, "clBuildProgram", doing: "building program \(name)")
    }

    /// Loads a binary that `binary()` returned once, perhaps in another process.
    init(
        binary: [UInt8], options: String, context: Handle, device: Device
    ) throws(OpenCLError) {
        var binaryStatus = CL_SUCCESS
        owner = try Handle(.program, "clCreateProgramWithBinary") { status in
            binary.withUnsafeBufferPointer { bytes in
                var devices: cl_device_id? = device.handle
                var count = bytes.count
                var start = bytes.baseAddress
                return clCreateProgramWithBinary(
                    context.raw, 1, &devices, &count, &start, &binaryStatus, status)
            }
        }
        self.device = device
        try check(binaryStatus, "clCreateProgramWithBinary")
        try check(build(options: options), "clBuildProgram")
    }

    /// Returns a new kernel object, whose arguments are its own.
    func kernel(named name: String) throws(OpenCLError) -> Kernel {
        try Kernel(named: name, in: owner, on: device)
    }

    /// Returns a launch with all arguments set; without a local size the driver chooses one.
    func launch(
        _ name: String, global: [Int], local: [Int]? = nil, label: String? = nil,
        cost: Launch.Cost = Launch.Cost(), arguments: [any KernelArgument]
    ) throws(OpenCLError) -> Launch {
        try Launch(
            kernel(named: name), on: device, global: global, local: local, label: label ?? name,
            cost: cost, arguments: arguments)
    }

    /// Returns the built program in the driver's own format.
    func binary() throws(OpenCLError) -> [UInt8] {
        try createEveryKernel()
        let info = InfoQuery("clGetProgramInfo") { [owner] in
            clGetProgramInfo(owner.raw, $0, $1, $2, $3)
        }
        let sizes = try info.integers(CL_PROGRAM_BINARY_SIZES, as: Int.self)
        var binary = [UInt8](repeating: 0, count: sizes.first ?? 0)
        let status = binary.withUnsafeMutableBufferPointer { bytes in
            var start = bytes.baseAddress
            return clGetProgramInfo(
                owner.raw, cl_program_info(CL_PROGRAM_BINARIES), MemoryLayout.size(ofValue: start),
                &start, nil)
        }
        try check(status, "clGetProgramInfo")
        return binary
    }

    /// Some drivers (Mali) compile a kernel when it is first created, and only then is it part of
    /// the program's binary.
    private func createEveryKernel() throws(OpenCLError) {
        var count: cl_uint = 0
        try check(clCreateKernelsInProgram(owner.raw, 0, nil, &count), "clCreateKernelsInProgram")
        var kernels = [cl_kernel?](repeating: nil, count: Int(count))
        try check(
            clCreateKernelsInProgram(owner.raw, count, &kernels, nil), "clCreateKernelsInProgram")
        for kernel in kernels { clReleaseKernel(kernel) }
    }

    private func build(options: String) -> Int32 {
        var devices: cl_device_id? = device.handle
        return clBuildProgram(owner.raw, 1, &devices, options, nil, nil)
    }

    private func buildLog() throws(OpenCLError) -> String {
        let info = InfoQuery("clGetProgramBuildInfo") { [owner, device] in
            clGetProgramBuildInfo(owner.raw, device.handle, $0, $1, $2, $3)
        }
        return try info.string(CL_PROGRAM_BUILD_LOG)
    }
}
