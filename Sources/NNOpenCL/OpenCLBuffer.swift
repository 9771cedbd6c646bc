import NNCompiler
import NNGraph

/// Storage of one tensor on an OpenCL device: a part of some memory that others may share.
final class OpenCLBuffer: TensorBuffer {
    let type: TensorType
    let memory: Buffer
    /// Where in the memory it begins.
    let byteOffset: Int
    /// What the memory belongs to.
    let context: Context
    /// What it is called in the graph that it was first compiled into; for messages only.
    var name: String?

    /// What places within a memory are multiples of, in bytes: enough for every vector and every
    /// pattern of a fill, and what GPUs fetch at once.
    static let alignment = 256

    /// The size up to which offsets in elements, of one byte or more, fit into 32 bits.
    static let largestArena = 1 << 32

    init(
        _ type: TensorType, in memory: Buffer, from byteOffset: Int, of context: Context,
        named name: String?
    ) {
        self.type = type
        self.memory = memory
        self.byteOffset = byteOffset
        self.context = context
        self.name = name
    }

    /// The bytes that the storage of a tensor takes.
    static func byteCount(of type: TensorType, named name: String?) throws -> Int {
        guard type.shape.isCountable else {
            throw GraphError.mismatch(
                name: name ?? "buffer", expected: type,
                found: "more than \(Shape.maximumCount) elements")
        }
        return SmallPattern.roundedUp(type.elementType.byteCount * type.shape.count)
    }

    /// The same for the compiler.
    var storage: Storage { Storage(type, at: Residence(memory, byteOffset: byteOffset)) }
}
