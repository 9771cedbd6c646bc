// Whatever holds numbers can be written; in the end one of the four lists that a backend takes is.

extension Backend {
    /// Only what the host has.
    public var memory: DeviceMemory? { nil }

    /// Replaces the contents at once.
    public func write(_ memory: HostMemory, to buffer: any TensorBuffer) throws {
        let bytes = UnsafeRawBufferPointer(memory.bytes)
        switch buffer.type.elementType {
        case .float: try write(Array(bytes.bindMemory(to: Float.self)), to: buffer)
        case .int32: try write(Array(bytes.bindMemory(to: Int32.self)), to: buffer)
        case .unorm8: try write(Array(bytes.bindMemory(to: UInt8.self)), to: buffer)
        }
    }

    /// Replaces the contents by whole numbers, whatever the elements of the buffer are.
    ///
    /// It is also what a literal such as `[1, 0, 2]` means.
    ///
    /// - Throws: ``GraphError/mismatch(name:expected:found:)`` also for a number that an int32 or a byte
    ///   does not hold.
    public func write(_ values: some Collection<Int>, to buffer: any TensorBuffer) throws {
        switch buffer.type.elementType {
        case .float: try write(values.map { Double($0) } as [Double], to: buffer)
        case .int32: try write(exactly(values, for: buffer) as [Int32], to: buffer)
        case .unorm8: try write(exactly(values, for: buffer) as [UInt8], to: buffer)
        }
    }

    /// Replaces the contents, rounding to the backend's precision.
    public func write(_ values: some Collection<Double>, to buffer: any TensorBuffer) throws {
        try write(Array(values), to: buffer)
    }

    /// Replaces the contents.
    public func write(_ values: some Collection<Float>, to buffer: any TensorBuffer) throws {
        try write(Array(values), to: buffer)
    }

    /// Replaces the contents of an int32 buffer.
    public func write(_ values: some Collection<Int32>, to buffer: any TensorBuffer) throws {
        try write(Array(values), to: buffer)
    }

    /// Replaces the contents of a unorm8 buffer by the bytes.
    public func write(_ bytes: some Collection<UInt8>, to buffer: any TensorBuffer) throws {
        try write(Array(bytes), to: buffer)
    }

    /// Replaces the contents by 1 for true and 0 for false, as a mask.
    public func write(_ values: some Collection<Bool>, to buffer: any TensorBuffer) throws {
        try write(values.map { $0 ? 1 : 0 } as [Int], to: buffer)
    }

    private func exactly<Element: FixedWidthInteger>(
        _ values: some Collection<Int>, for buffer: any TensorBuffer
    ) throws -> [Element] {
        try values.map { value in
            guard let element = Element(exactly: value) else {
                throw GraphError.mismatch(
                    name: buffer.name ?? "buffer", expected: buffer.type, found: "\(value)")
            }
            return element
        }
    }
}
