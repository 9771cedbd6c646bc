import COpenCL

/// A value that a kernel takes as an argument.
///
/// `Int` is not one: OpenCL C's `int` is 32 bits wide, and the compiler should say so.
protocol KernelArgument {
    /// The type of such a parameter in OpenCL C; any pointer will do for a buffer.
    static var parameterType: String { get }

    /// Sets this value as the argument of a kernel and returns the driver's status.
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32
}

/// Memory that the work items of a group share, as a kernel's `local` pointer argument.
struct LocalMemory: KernelArgument {
    static var parameterType: String { "const uint" }

    let byteCount: Int

    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        clSetKernelArg(kernel, index, byteCount, nil)
    }
}

extension Buffer: KernelArgument {
    static var parameterType: String { "__global void *" }

    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        withUnsafeBytes(of: handle) { clSetKernelArg(kernel, index, $0.count, $0.baseAddress) }
    }
}

extension KernelArgument where Self: BitwiseCopyable {
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        withUnsafeBytes(of: self) { clSetKernelArg(kernel, index, $0.count, $0.baseAddress) }
    }
}

extension Int32: KernelArgument {
    static var parameterType: String { "const int" }
}

extension UInt32: KernelArgument {
    static var parameterType: String { "const uint" }
}

extension SIMD4<UInt32>: KernelArgument {
    static var parameterType: String { "const uint4" }

    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        withUnsafeBytes(of: self) { clSetKernelArg(kernel, index, $0.count, $0.baseAddress) }
    }
}

extension Float: KernelArgument {
    static var parameterType: String { "const float" }
}
