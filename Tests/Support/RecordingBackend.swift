import NNGraph

/// A backend that hands everything on to another and writes down what it was asked.
package final class RecordingBackend: ForwardingBackend {
    /// One call.
    package enum Call: Equatable {
        case makeBuffer, write(count: Int), read, copy, compile, run, synchronize
    }

    /// The calls since the list was last emptied.
    package var calls: [Call] = []

    override package func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
        calls.append(.makeBuffer)
        return try super.makeBuffer(type)
    }

    override package func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try super.write(values, to: buffer)
    }

    override package func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try super.write(values, to: buffer)
    }

    override package func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try super.write(values, to: buffer)
    }

    override package func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: bytes.count))
        try super.write(bytes, to: buffer)
    }

    override package func read(_ buffer: any TensorBuffer) throws -> [Double] {
        calls.append(.read)
        return try super.read(buffer)
    }

    override package func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        calls.append(.read)
        return try super.readFloats(buffer)
    }

    override package func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        calls.append(.read)
        return try super.readInt32s(buffer)
    }

    override package func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        calls.append(.copy)
        try super.copy(source, from: offset, to: target)
    }

    override package func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        calls.append(.compile)
        return RecordingExecutable(try super.compile(graph, binding: buffers), self)
    }

    override package func synchronize() throws {
        calls.append(.synchronize)
        try super.synchronize()
    }
}

private final class RecordingExecutable: Executable {
    private let executable: any Executable
    private let backend: RecordingBackend

    init(_ executable: any Executable, _ backend: RecordingBackend) {
        self.executable = executable
        self.backend = backend
    }

    func run() throws {
        backend.calls.append(.run)
        try executable.run()
    }

    func buffer(named name: String) throws -> any TensorBuffer {
        try executable.buffer(named: name)
    }
}
