/// Something that runs graphs: the reference on the CPU, or an OpenCL device.
///
/// A backend takes a whole ``Graph`` and returns an ``Executable``; nothing smaller crosses this
/// line, so a backend is free to fuse, reorder and share memory as it likes. Every implementation
/// must pass the conformance suite (`Tests/ConformanceTests`). Work is queued in order: what `run`,
/// `write` and `copy` start is finished, at the latest, when a `read` or ``synchronize()`` returns.
///
/// A backend and everything it made belong to one thread at a time. All methods throw the backend's
/// own typed errors besides ``GraphError``.
public protocol Backend: AnyObject {
    /// The device as people know it.
    var name: String { get }

    /// Whether numbers are kept in 64 bits; otherwise 32 hold all of each.
    var isDoublePrecision: Bool { get }

    /// The device's memory; nil where that is only what the host has.
    var memory: DeviceMemory? { get }

    /// Makes storage for a tensor, all zeros.
    func makeBuffer(_ type: TensorType) throws -> any TensorBuffer

    /// Replaces the contents, rounding to the backend's precision.
    ///
    /// Up to 32 numbers are queued without waiting; a longer list blocks until it is copied.
    func write(_ values: [Double], to buffer: any TensorBuffer) throws
    /// Replaces the contents; waits as the other overload does.
    func write(_ values: [Float], to buffer: any TensorBuffer) throws
    /// Replaces the contents of an int32 buffer; waits as the other overloads do.
    func write(_ values: [Int32], to buffer: any TensorBuffer) throws
    /// Replaces the contents of a unorm8 buffer by the bytes; blocks until they are copied.
    func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws
    /// Replaces the contents by as many elements in memory that nobody changes any more, without waiting for the device;
    /// it may wait for older copies of this kind.
    func write(_ memory: HostMemory, to buffer: any TensorBuffer) throws

    /// The contents, in the backend's precision, once everything queued before is done.
    func read(_ buffer: any TensorBuffer) throws -> [Double]
    /// The contents, rounded to single precision.
    func readFloats(_ buffer: any TensorBuffer) throws -> [Float]
    /// The contents of an int32 buffer.
    func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32]

    /// Fills `target` with the elements of `source` from `offset` on, on the device.
    func copy(_ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer) throws

    /// Compiles a graph with its leaves bound to the given buffers, by name.
    ///
    /// Leaves that are not named get buffers of their own, all zeros. Binding the same buffer to
    /// several executables is how they share parameters and data.
    func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable

    /// Waits until everything queued is done.
    func synchronize() throws
}

/// Storage of one tensor on a backend.
public protocol TensorBuffer: AnyObject {
    /// The shape and what the elements are.
    var type: TensorType { get }

    /// What it is called in the graph that it was first compiled into, if in any; for messages.
    var name: String? { get }
}

extension TensorBuffer {
    /// Nothing.
    public var name: String? { nil }
}

/// A compiled graph, ready to run any number of times.
public protocol Executable: AnyObject {
    /// Queues one run: computes the outputs from the leaves, then applies the updates.
    func run() throws

    /// The storage of a leaf or an output.
    ///
    /// - Throws: ``GraphError/unknownName(_:known:)``.
    func buffer(named name: String) throws -> any TensorBuffer
}

extension Backend {
    /// Compiles a graph whose leaves all get buffers of their own.
    public func compile(_ graph: Graph) throws -> any Executable {
        try compile(graph, binding: [:])
    }
}

// MARK: - What every backend checks

extension TensorBuffer {
    /// Throws ``GraphError/mismatch(name:expected:found:)`` unless the buffer holds just so many
    /// elements of that kind; `role` says in the message what they are for.
    public func check(holds count: Int, _ elementType: ElementType, as role: String) throws {
        guard count == type.shape.count, elementType == type.elementType else {
            throw GraphError.mismatch(
                name: role, expected: type, found: "\(count) \(elementType.rawValue)s")
        }
    }
}

extension Graph {
    /// Throws ``GraphError`` unless every buffer is named like a leaf and has its type.
    public func check(binding buffers: [String: any TensorBuffer]) throws {
        let types = Dictionary(uniqueKeysWithValues: leaves.map { ($0.name, $0.tensor.type) })
        for (name, buffer) in buffers {
            guard let type = types[name] else {
                throw GraphError.unknownName(name, known: Array(types.keys))
            }
            guard buffer.type == type else {
                throw GraphError.mismatch(
                    name: name, expected: type, found: buffer.type.description)
            }
        }
        var updated: [ObjectIdentifier: String] = [:]
        for update in updates {
            guard let name = update.parameter.operation.leafName, let buffer = buffers[name] else {
                continue
            }
            if let other = updated.updateValue(name, forKey: ObjectIdentifier(buffer)) {
                throw GraphError.mismatch(
                    name: name, expected: update.parameter.type,
                    found: "the buffer of \"\(other)\", which is updated too")
            }
        }
    }
}
