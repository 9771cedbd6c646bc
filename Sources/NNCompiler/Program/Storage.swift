import NNGraph

/// Memory of a device, of which the compiler only tells one from another.
package protocol Memory: AnyObject {}

/// Where in the memory of a device something lies.
package struct Residence {
    /// The memory, which may hold much else.
    package let memory: any Memory
    /// The distance of the first byte from the memory's first one.
    package let byteOffset: Int

    package init(_ memory: any Memory, byteOffset: Int = 0) {
        self.memory = memory
        self.byteOffset = byteOffset
    }
}

/// A run of elements in device memory that holds one or more tensors of a compiled graph.
///
/// Two tensors share a storage when one is a view of the other, or when both are parts of a
/// concatenation and are computed right into their place.
package final class Storage {
    /// What the elements are.
    package let elementType: ElementType
    /// How many there are.
    package let count: Int
    /// Whether it keeps its contents from run to run, as leaves, outputs and constants do.
    ///
    /// The others share memory wherever their lifetimes allow.
    package let isPersistent: Bool
    /// Where it lies: leaves and outputs from the start, others once memory is planned, or earlier if
    /// delivery or an update in place gives them the residence of a caller's storage.
    package var residence: Residence?

    /// A storage of intermediate values, or a constant's if it is persistent.
    package init(_ elementType: ElementType, count: Int, isPersistent: Bool = false) {
        self.elementType = elementType
        self.count = count
        self.isPersistent = isPersistent
    }

    /// The storage of a leaf or of an output.
    package init(_ type: TensorType, at residence: Residence?) {
        elementType = type.elementType
        count = type.shape.count
        isPersistent = true
        self.residence = residence
    }

    /// Its size in bytes.
    package var byteCount: Int { elementType.byteCount * count }
}
