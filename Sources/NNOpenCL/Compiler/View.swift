import NNGraph

/// Device memory of a compiled graph that holds one or more of its tensors.
///
/// Two tensors share a storage when one is a view of the other, or when both are parts of a
/// concatenation and are computed right into their place.
final class Storage {
    let elementType: ElementType
    let count: Int
    /// Bound to memory from the start for leaves and constants, by the memory plan for the rest.
    var buffer: Buffer?

    init(_ elementType: ElementType, count: Int, buffer: Buffer? = nil) {
        self.elementType = elementType
        self.count = count
        self.buffer = buffer
    }
}

extension ElementType {
    /// The size of an element on a device.
    var byteCount: Int { self == .unorm8 ? 1 : 4 }
}

/// How a tensor lies in a storage: its element at position `p` is at `offset + Σ p · strides`.
struct View {
    let storage: Storage
    var offset = 0
    var shape: Shape
    var strides: [Int]

    /// The whole of a storage, or the part from `offset` on, in row-major order.
    init(_ storage: Storage, offset: Int = 0, _ shape: Shape) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = shape.rowMajorStrides
    }

    /// The memory behind the view, which the memory plan has set before any command is made.
    var buffer: Buffer {
        guard let buffer = storage.buffer else {
            preconditionFailure("a command was made before its memory was planned")
        }
        return buffer
    }

    /// The size of its elements.
    var byteCount: Int { storage.elementType.byteCount * shape.count }

    /// Whether the elements lie one after the other in row-major order.
    var isContiguous: Bool {
        zip(shape.dimensions, zip(strides, shape.rowMajorStrides)).allSatisfy {
            $0 == 1 || $1.0 == $1.1
        }
    }

    /// The part of the storage from the first to the last element.
    var range: Range<Int> {
        let last = zip(shape.dimensions, strides).map { ($0 - 1) * $1 }.reduce(offset, +)
        return offset..<last + 1
    }

    /// Whether both describe the same elements in the same order.
    func isSame(as other: View) -> Bool {
        storage === other.storage && offset == other.offset && shape == other.shape
            && strides == other.strides
    }

    func broadcast(to target: Shape) -> View {
        var result = self
        let added = target.rank - shape.rank
        result.shape = target
        result.strides =
            Array(repeating: 0, count: added)
            + strides.indices.map { shape[$0] == target[$0 + added] ? strides[$0] : 0 }
        return result
    }

    func transposed(_ permutation: [Int]) -> View {
        var result = self
        result.shape = Shape(permutation.map { shape[$0] })
        result.strides = permutation.map { strides[$0] }
        return result
    }

    func sliced(from lower: [Int], to result: Shape) -> View {
        var view = self
        view.offset += zip(lower, strides).map { $0 * $1 }.reduce(0, +)
        view.shape = result
        return view
    }

    /// The same elements under another shape, or nil if no strides describe them.
    func reshaped(_ target: Shape) -> View? {
        if isContiguous { return View(storage, offset: offset, target) }
        var result = self
        result.shape = target
        if strides.allSatisfy({ $0 == 0 }) {
            result.strides = target.dimensions.map { _ in 0 }
            return result
        }
        // Axes of extent 1 come and go freely.
        let long = shape.dimensions.indices.filter { shape[$0] != 1 }
        guard long.map({ shape[$0] }) == target.dimensions.filter({ $0 != 1 }) else { return nil }
        var kept = long.map { strides[$0] }[...]
        result.strides = target.dimensions.map { $0 == 1 ? 0 : kept.removeFirst() }
        return result
    }
}
