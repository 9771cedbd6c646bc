/// A symbolic value: the result of one operation on other tensors, not yet computed.
///
/// Tensors are immutable and compared by identity. Every initializer, function and operator that
/// makes one checks the shapes first and throws ``GraphError/shape(operation:operands:problem:)``.
public final class Tensor: Sendable {
    /// What computes the tensor.
    public let operation: Operation
    /// What it is computed from.
    public let operands: [Tensor]
    /// Its shape and what its elements are.
    public let type: TensorType
    /// Which part of a model it was made in, if that was said; for messages only.
    public let origin: Origin?

    /// The dimensions.
    public var shape: Shape { type.shape }

    /// Creates the result of an operation.
    public init(_ operation: Operation, _ operands: [Tensor] = []) throws {
        self.type = try operation.resultType(of: operands.map(\.type))
        self.operation = operation
        self.operands = operands
        self.origin = Origin.current
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

    /// Creates a tensor whose elements are all the same number.
    public static func constant(_ value: Double, _ shape: Shape = .scalar) throws -> Tensor {
        try Tensor(.constant([value], TensorType(shape)))
    }

    /// Creates a tensor of known elements in row-major order.
    public static func constant(_ values: [Double], _ shape: Shape) throws -> Tensor {
        try Tensor(.constant(values, TensorType(shape)))
    }

    /// Creates uniform numbers in [0, 1), a function of the seed, the stream and `step` alone.
    public static func uniform(
        _ shape: Shape, seed: UInt64, stream: UInt32, step: Tensor
    ) throws -> Tensor {
        try Tensor(.uniform(shape, seed: seed, stream: stream), [step])
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
