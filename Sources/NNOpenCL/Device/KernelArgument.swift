import COpenCL

/// A value that a kernel takes as an argument.
///
/// `Int` is not one: OpenCL C's `int` is 32 bits wide, and the compiler should say so.
protocol KernelArgument {
    /// Sets this value as the argument of a kernel and returns the driver's status.
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32
}

/// Memory that the work items of a group share, as a kernel's `local` pointer argument.
struct LocalMemory: KernelArgument {
    let byteCount: Int

    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        clSetKernelArg(kernel, index, byteCount, nil)
    }
}

/// The null pointer, for a `global` pointer argument that the kernel does not follow.
struct NullPointer: KernelArgument {
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        clSetKernelArg(kernel, index, MemoryLayout<cl_mem>.size, nil)
    }
}

extension Buffer: KernelArgument {
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        withUnsafeBytes(of: handle) { clSetKernelArg(kernel, index, $0.count, $0.baseAddress) }
    }
}

extension KernelArgument where Self: BitwiseCopyable {
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        withUnsafeBytes(of: self) { clSetKernelArg(kernel, index, $0.count, $0.baseAddress) }
    }
}

extension Int32: KernelArgument {}
extension UInt32: KernelArgument {}
extension Float: KernelArgument {}
