import COpenCL

/// One kernel object of a program, with its own set of arguments.
final class Kernel {
    let name: String
    /// The number of arguments in the kernel's source.
    let argumentCount: Int
    /// The largest work group that the device can run this kernel with.
    let maximumWorkgroupSize: Int

    private let owner: Handle

    init(named name: String, in program: Handle, on device: Device) throws(OpenCLError) {
        let owner = try Handle(.kernel, "clCreateKernel", doing: "looking up kernel \(name)") {
            clCreateKernel(program.raw, name, $0)
        }
        let info = InfoQuery("clGetKernelInfo") { clGetKernelInfo(owner.raw, $0, $1, $2, $3) }
        let onDevice = InfoQuery("clGetKernelWorkGroupInfo") {
            clGetKernelWorkGroupInfo(owner.raw, device.handle, $0, $1, $2, $3)
        }
        argumentCount = Int(try info.integer(CL_KERNEL_NUM_ARGS, as: cl_uint.self))
        maximumWorkgroupSize = try onDevice.integer(CL_KERNEL_WORK_GROUP_SIZE, as: Int.self)
        self.name = name
        self.owner = owner
    }

    /// The `cl_kernel`, valid only as long as this kernel.
    var handle: cl_kernel { owner.raw }
}
