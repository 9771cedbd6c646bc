import NNGraph

extension OpenCLBackend {
    /// Replaces the contents, rounded to single precision.
    public func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try write(values.map { Float($0) }, to: buffer)
    }

    /// Replaces the contents; up to 32 numbers are queued by value, without waiting.
    public func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try writeElements(values, to: own(buffer, count: values.count, .float))
    }

    /// Replaces the contents of an int32 buffer; up to 32 are queued by value, without waiting.
    public func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try writeElements(values, to: own(buffer, count: values.count, .int32))
    }

    /// Replaces the contents of a unorm8 buffer; up to 128 are queued by value, without waiting.
    public func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try writeElements(bytes, to: own(buffer, count: bytes.count, .unorm8))
    }

    /// Replaces the contents by elements in memory that is kept until the device has copied them.
    public func write(_ memory: HostMemory, to buffer: any TensorBuffer) throws {
        let elementType = buffer.type.elementType
        let own = try own(
            buffer, count: memory.bytes.count / elementType.byteCount, elementType)
        try uploads.write(memory, to: own.memory, offset: own.byteOffset)
    }

    private func writeElements<Element: BitwiseCopyable>(
        _ values: [Element], to buffer: OpenCLBuffer
    ) throws {
        try values.withUnsafeBytes { bytes in
            if bytes.count <= SmallPattern.byteLimit {
                try SmallPattern.fill(
                    buffer.memory, offset: buffer.byteOffset, with: bytes, on: context.queue)
            } else {
                try context.queue.write(bytes, to: buffer.memory, offset: buffer.byteOffset)
            }
        }
    }

    /// The contents in double precision, which adds nothing to them.
    public func read(_ buffer: any TensorBuffer) throws -> [Double] {
        try readFloats(buffer).map { Double($0) }
    }

    /// The contents, once everything queued before is done.
    public func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        try readElements(own(buffer, count: buffer.type.shape.count, .float), zero: 0)
    }

    /// The contents of an int32 buffer, once everything queued before is done.
    public func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        try readElements(own(buffer, count: buffer.type.shape.count, .int32), zero: 0)
    }

    private func readElements<Element: BitwiseCopyable>(
        _ buffer: OpenCLBuffer, zero: Element
    ) throws -> [Element] {
        var values = [Element](repeating: zero, count: buffer.type.shape.count)
        try values.withUnsafeMutableBytes {
            try context.queue.read(buffer.memory, into: $0, offset: buffer.byteOffset)
        }
        return values
    }

    /// Fills `target` with the elements of `source` from `offset` on, without waiting.
    public func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        let count = target.type.shape.count
        let elementType = target.type.elementType
        let from = try own(source, count: source.type.shape.count, elementType)
        let to = try own(target, count: count, elementType)
        guard offset >= 0, offset <= source.type.shape.count - count else {
            throw GraphError.mismatch(
                name: to.name ?? Self.unnamed, expected: target.type,
                found: "\(source.type) from element \(offset)")
        }
        try context.queue.copy(
            from: from.memory,
            sourceOffset: from.byteOffset + elementType.byteCount * offset, to: to.memory,
            destinationOffset: to.byteOffset, count: elementType.byteCount * count)
    }

    /// Waits until everything queued is done.
    public func synchronize() throws {
        try context.queue.finish()
    }

    /// What messages call a buffer that no graph has named.
    private static let unnamed = "buffer"

    /// The buffer, which messages call by the given name, else by that of the graph it belongs to.
    func own(
        _ buffer: any TensorBuffer, count: Int, _ elementType: ElementType,
        named role: String? = nil
    ) throws -> OpenCLBuffer {
        guard let own = buffer as? OpenCLBuffer, own.context === context else {
            throw GraphError.mismatch(
                name: role ?? (buffer as? OpenCLBuffer)?.name ?? Self.unnamed,
                expected: buffer.type, found: "a buffer of another backend than \(name)")
        }
        try own.check(holds: count, elementType, as: role ?? own.name ?? Self.unnamed)
        own.name = own.name ?? role
        return own
    }
}
