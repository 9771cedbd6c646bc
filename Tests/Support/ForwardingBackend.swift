import NNGraph

/// A backend that hands everything on to another; what a test wants otherwise, a subclass says.
open class ForwardingBackend: Backend {
    /// The backend that does the work.
    public let inner: any Backend

    /// Creates a backend that hands everything on.
    public init(_ inner: any Backend) {
        self.inner = inner
    }

    /// The name of the other backend.
    public var name: String { inner.name }
    /// The precision of the other backend.
    public var isDoublePrecision: Bool { inner.isDoublePrecision }
    /// The memory of the other backend.
    open var memory: DeviceMemory? { inner.memory }

    /// Hands on.
    open func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
        try inner.makeBuffer(type)
    }

    /// Hands on.
    open func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }

    /// Hands on.
    open func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }

    /// Hands on.
    open func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try inner.write(values, to: buffer)
    }

    /// Hands on.
    open func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try inner.write(bytes, to: buffer)
    }

    /// Hands on.
    open func write(_ memory: HostMemory, to buffer: any TensorBuffer) throws {
        try inner.write(memory, to: buffer)
    }

    /// Hands on.
    open func read(_ buffer: any TensorBuffer) throws -> [Double] { try inner.read(buffer) }

    /// Hands on.
    open func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        try inner.readFloats(buffer)
    }

    /// Hands on.
    open func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        try inner.readInt32s(buffer)
    }

    /// Hands on.
    open func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        try inner.copy(source, from: offset, to: target)
    }

    /// Hands on.
    open func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        try inner.compile(graph, binding: buffers)
    }

    /// Hands on.
    open func synchronize() throws { try inner.synchronize() }
}
