import Synchronization

/// A symbolic value: the result of one operation on other tensors, not yet computed.
///
/// Tensors are immutable and compared by identity. Every initializer, function and operator that
/// makes one checks the shapes first and throws ``GraphError/shape(operation:operands:problem:origin:)``.
public final class Tensor: Sendable {
    /// What computes the tensor.
    public let operation: Operation
    /// What it is computed from.
    public var operands: [Tensor] { ownOperands }
    /// Its shape and what its elements are.
    public let type: TensorType
    /// Which part of a model it was made in, if that was said; for messages only.
    public let origin: Origin?

    /// Set by `init`, and emptied by `deinit`, when nobody else can look.
    nonisolated(unsafe) private var ownOperands: [Tensor]

    /// The dimensions.
    public var shape: Shape { type.shape }

    /// Creates the result of an operation.
    public init(_ operation: Operation, _ operands: [Tensor] = []) throws {
        self.type = try operation.resultType(of: operands.map(\.type))
        self.operation = operation
        self.ownOperands = operands
        self.origin = Origin.current
    }

    deinit {
        // Left to themselves, operands would end inside of this, and theirs inside of them: a chain
        // of some ten thousand tensors would take more stack than there is.
        if !ownOperands.isEmpty { Self.release(&ownOperands) }
    }

    /// Creates a value that the caller supplies before a run.
    public static func input(
        _ name: String, _ shape: Shape, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try Tensor(.input(name, TensorType(shape, elementType)))
    }

    /// Creates a value that persists between runs.
    public static func parameter(
        _ name: String, _ shape: Shape, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try Tensor(.parameter(name, TensorType(shape, elementType)))
    }

    /// Creates a tensor whose elements are all the same number; an int32 has no fraction.
    public static func constant(
        _ value: Double, _ shape: Shape = .scalar, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try Tensor(.constant([value], TensorType(shape, elementType)))
    }

    /// Creates a tensor of known elements in row-major order; int32s have no fraction.
    public static func constant(
        _ values: [Double], _ shape: Shape, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try Tensor(.constant(values, TensorType(shape, elementType)))
    }

    /// Creates an int32 tensor of known elements in row-major order.
    ///
    /// Literals make floats, unless they are told otherwise: `constant([1, 0, 2], [3], .int32)`.
    @_disfavoredOverload
    public static func constant(_ values: [Int32], _ shape: Shape) throws -> Tensor {
        try .constant(values.map { Double($0) }, shape, .int32)
    }

    /// Creates a tensor whose elements are all 0.
    public static func zeros(
        _ shape: Shape, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try .constant(0, shape, elementType)
    }

    /// Creates a tensor whose elements are all 1.
    public static func ones(
        _ shape: Shape, _ elementType: ElementType = .float
    ) throws -> Tensor {
        try .constant(1, shape, elementType)
    }

    /// Creates uniform numbers in [0, 1), a function of the seed, the stream and `step` alone.
    public static func uniform(
        _ shape: Shape, seed: UInt64, stream: UInt32, step: Tensor
    ) throws -> Tensor {
        try Tensor(.uniform(shape, seed: seed, stream: stream), [step])
    }
}

// MARK: - The end of a graph

extension Tensor {
    /// Operands of tensors that have ended, and whether somebody is giving them up.
    private static let released = Mutex<(pending: [[Tensor]], isReleasing: Bool)>(([], false))

    /// Gives tensors up one after the other, however deep the graph below them is.
    ///
    /// Where a tensor ends by that, its operands only join the queue. The queue serves all threads:
    /// what one gives up may end on another.
    private static func release(_ tensors: inout [Tensor]) {
        let isFirst = released.withLock { state in
            // From here on only the queue has them: who let go of them later than the queue would
            // end them inside of what is ending now.
            state.pending.append(tensors)
            tensors = []
            defer { state.isReleasing = true }
            return !state.isReleasing
        }
        guard isFirst else { return }
        while let next = nextToRelease() {
            // Outside of the lock, since this may be the end of some.
            withExtendedLifetime(next) {}
        }
    }

    private static func nextToRelease() -> [Tensor]? {
        released.withLock { state in
            if state.pending.isEmpty { state = ([], false) }
            return state.pending.popLast()
        }
    }
}

extension Tensor: Hashable {
    /// Whether both are the same node of the graph.
    public static func == (a: Tensor, b: Tensor) -> Bool { a === b }

    /// Hashes the identity of the node.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Tensor: CustomStringConvertible {
    /// The operation and the type of its result.
    public var description: String { "\(operation.name) \(type)" }
}
