import NNGraph

/// A backend that hands everything on to another and writes down what it was asked.
package final class RecordingBackend: Backend {
    /// One call.
    package enum Call: Equatable {
        case makeBuffer, write(count: Int), read, copy, compile, run, synchronize
    }

    /// The calls since the list was last emptied.
    package var calls: [Call] = []
    private let backend: any Backend

    package init(_ backend: any Backend) {
        self.backend = backend
    }

    package var name: String { backend.name }
    package var isDoublePrecision: Bool { backend.isDoublePrecision }

    package func makeBuffer(_ type: TensorType) throws -> any TensorBuffer {
        calls.append(.makeBuffer)
        return try backend.makeBuffer(type)
    }

    package func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try backend.write(values, to: buffer)
    }

    package func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try backend.write(values, to: buffer)
    }

    package func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: values.count))
        try backend.write(values, to: buffer)
    }

    package func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        calls.append(.write(count: bytes.count))
        try backend.write(bytes, to: buffer)
    }

    package func read(_ buffer: any TensorBuffer) throws -> [Double] {
        calls.append(.read)
        return try backend.read(buffer)
    }

    package func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        calls.append(.read)
        return try backend.readFloats(buffer)
    }

    package func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        calls.append(.read)
        return try backend.readInt32s(buffer)
    }

    package func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        calls.append(.copy)
        try backend.copy(source, from: offset, to: target)
    }

    package func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        calls.append(.compile)
        return RecordingExecutable(try backend.compile(graph, binding: buffers), self)
    }

    package func synchronize() throws {
        calls.append(.synchronize)
        try backend.synchronize()
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
