import COpenCL

/// A value that a kernel takes as an argument.
///
/// `Int` is not one: OpenCL C's `int` is 32 bits wide, and the compiler should say so.
protocol KernelArgument {
    /// The bits of a number, for kernels that read their arguments as data; nil for memory.
    var word: UInt32? { get }

    /// The number in OpenCL C whose bits an expression has.
    static func read(from word: String) -> String

    /// Sets this value as the argument of a kernel and returns the driver's status.
    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32
}

extension KernelArgument {
    var word: UInt32? { nil }

    static func read(from word: String) -> String { word }
}

/// Memory that the work items of a group share, as a kernel's `local` pointer argument.
struct LocalMemory: KernelArgument {
    let byteCount: Int

    func set(on kernel: cl_kernel, at index: cl_uint) -> Int32 {
        clSetKernelArg(kernel, index, byteCount, nil)
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

extension Int32: KernelArgument {
    var word: UInt32? { UInt32(bitPattern: self) }

    static func read(from word: String) -> String { "as_int(\(word))" }
}

extension UInt32: KernelArgument {
    var word: UInt32? { self }
}

extension Float: KernelArgument {
    var word: UInt32? { bitPattern }

    static func read(from word: String) -> String { "as_float(\(word))" }
}
