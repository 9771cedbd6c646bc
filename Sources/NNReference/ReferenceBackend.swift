import NNGraph

/// The definition of every operation, and the oracle that every gradient is checked against.
///
/// It interprets a graph one operation at a time on the CPU, in plain loops over `Scalar`:
/// `Double` for the truth, `Float` for single precision, ``Bounded`` for error bounds.
public final class ReferenceBackend<Scalar: ReferenceScalar>: Backend {
    /// The precision it computes in.
    public var name: String { "reference (\(Scalar.self) on the CPU)" }

    /// Whether a scalar has more than single precision.
    public var isDoublePrecision: Bool { Scalar.self != Float.self }

    /// Creates a reference backend.
    public init() {}

    /// Makes storage for a tensor, all zeros.
    public func makeBuffer(_ type: TensorType) -> any TensorBuffer {
        ReferenceBuffer<Scalar>(type)
    }

    /// Replaces the contents.
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    public func write(_ values: [Double], to buffer: any TensorBuffer) throws {
        try own(buffer, values.count).contents = .floats(values.map { Scalar($0) })
    }

    /// Replaces the contents.
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    @specialized(where Scalar == LikelyBounded)
    public func write(_ values: [Float], to buffer: any TensorBuffer) throws {
        try own(buffer, values.count).contents = .floats(values.map { Scalar(Double($0)) })
    }

    /// Replaces the contents of an int32 buffer.
    public func write(_ values: [Int32], to buffer: any TensorBuffer) throws {
        try own(buffer, values.count, .int32).contents = .int32s(
            values.map { ReferenceInteger($0) })
    }

    /// Replaces the contents of a unorm8 buffer by the numbers that the bytes stand for.
    public func write(_ bytes: [UInt8], to buffer: any TensorBuffer) throws {
        try own(buffer, bytes.count, .unorm8).contents = .floats(
            bytes.map { Scalar(Double(ElementType.number(ofUnorm8: $0))) })
    }

    /// The contents in double precision.
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    public func read(_ buffer: any TensorBuffer) throws -> [Double] {
        try own(buffer, buffer.type.shape.count).contents.floats.map(\.value)
    }

    /// The contents, rounded to single precision.
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    public func readFloats(_ buffer: any TensorBuffer) throws -> [Float] {
        try own(buffer, buffer.type.shape.count).contents.floats.map { Float($0.value) }
    }

    /// The contents of an int32 buffer.
    public func readInt32s(_ buffer: any TensorBuffer) throws -> [Int32] {
        try own(buffer, buffer.type.shape.count, .int32).contents.int32s.map(\.value)
    }

    /// The contents as the backend holds them, with their error bounds if `Scalar` has any.
    public func readScalars(_ buffer: any TensorBuffer) throws -> [Scalar] {
        try own(buffer, buffer.type.shape.count, buffer.type.elementType).contents.floats
    }

    /// Fills `target` with the elements of `source` from `offset` on.
    public func copy(
        _ source: any TensorBuffer, from offset: Int, to target: any TensorBuffer
    ) throws {
        let elementType = target.type.elementType
        let count = target.type.shape.count
        let from = try own(source, source.type.shape.count, elementType)
        let to = try own(target, count, elementType)
        guard offset >= 0, offset <= source.type.shape.count - count else {
            throw GraphError.mismatch(
                name: to.name ?? Self.unnamed, expected: target.type,
                found: "\(source.type) from element \(offset)")
        }
        switch from.contents {
        case .floats(let values): to.contents = .floats(Array(values[offset..<offset + count]))
        case .int32s(let values): to.contents = .int32s(Array(values[offset..<offset + count]))
        }
    }

    /// Compiles a graph: there is nothing to prepare but the storage of its leaves and outputs.
    public func compile(
        _ graph: Graph, binding buffers: [String: any TensorBuffer]
    ) throws -> any Executable {
        try graph.check(binding: buffers)
        var storage: [String: ReferenceBuffer<Scalar>] = [:]
        for (name, leaf) in graph.leaves {
            storage[name] =
                try buffers[name].map {
                    try own($0, leaf.shape.count, leaf.type.elementType, named: name)
                } ?? ReferenceBuffer(leaf.type, named: name)
        }
        for output in graph.outputs {
            storage[output.name] = ReferenceBuffer(output.value.type, named: output.name)
        }
        return ReferenceExecutable(graph, storage)
    }

    /// Does nothing: every method has finished its work when it returns.
    public func synchronize() {}

    /// What messages call a buffer that no graph has named.
    private static var unnamed: String { "buffer" }

    /// The buffer, which messages call by the given name, else by that of the graph it belongs to.
    private func own(
        _ buffer: any TensorBuffer, _ count: Int, _ elementType: ElementType = .float,
        named role: String? = nil
    ) throws -> ReferenceBuffer<Scalar> {
        guard let own = buffer as? ReferenceBuffer<Scalar> else {
            throw GraphError.mismatch(
                name: role ?? Self.unnamed, expected: buffer.type,
                found: "a buffer of another backend than \(name)")
        }
        try own.check(holds: count, elementType, as: role ?? own.name ?? Self.unnamed)
        own.name = own.name ?? role
        return own
    }
}

/// Storage of one tensor on the reference.
final class ReferenceBuffer<Scalar: ReferenceScalar>: TensorBuffer {
    let type: TensorType
    var contents: Contents<Scalar>
    /// What it is called in the graph that it was first compiled into; for messages only.
    var name: String?

    init(_ type: TensorType, named name: String? = nil) {
        self.type = type
        self.name = name
        let count = type.shape.count
        self.contents =
            type.elementType == .int32
            ? .int32s(Array(repeating: ReferenceInteger(0), count: count))
            : .floats(Array(repeating: Scalar(0), count: count))
    }
}

/// A graph with the storage of its leaves and outputs.
final class ReferenceExecutable<Scalar: ReferenceScalar>: Executable {
    private let graph: Graph
    private let storage: [String: ReferenceBuffer<Scalar>]
    /// After which node the value of another is no longer needed.
    private let lastUse: [Tensor: Int]

    init(_ graph: Graph, _ storage: [String: ReferenceBuffer<Scalar>]) {
        self.graph = graph
        self.storage = storage
        var lastUse: [Tensor: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            for operand in node.operands { lastUse[operand] = index }
        }
        for tensor in graph.outputs.map(\.value) + graph.updates.map(\.value) {
            lastUse[tensor] = graph.nodes.count
        }
        self.lastUse = lastUse
    }

    func run() throws {
        run { _, _ in }
    }

    /// Runs once and shows every value as soon as it is known.
    func run(showing show: (Tensor, Contents<Scalar>) -> Void) {
        var computed: [Tensor: Contents<Scalar>] = [:]
        for (index, node) in graph.nodes.enumerated() {
            let value =
                node.operation.leafName.flatMap { storage[$0]?.contents }
                ?? evaluate(node, node.operands.compactMap { computed[$0] })
            computed[node] = value
            show(node, value)
            for operand in node.operands where lastUse[operand] == index {
                computed[operand] = nil
            }
        }
        for output in graph.outputs {
            storage[output.name]?.contents = computed[output.value] ?? .floats([])
        }
        for update in graph.updates {
            if let name = update.parameter.operation.leafName {
                storage[name]?.contents = computed[update.value] ?? .floats([])
            }
        }
    }

    func buffer(named name: String) throws -> any TensorBuffer {
        guard let buffer = storage[name] else {
            throw GraphError.unknownName(name, known: Array(storage.keys))
        }
        return buffer
    }
}
