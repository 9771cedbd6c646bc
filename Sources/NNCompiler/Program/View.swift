import NNGraph

/// How a tensor lies in a storage: its element at position `p` is at `offset + Σ p · strides`.
package struct View {
    /// What it is a view of.
    package let storage: Storage
    /// Where the first element is, in elements of the storage.
    package var offset = 0
    /// The extents of the axes.
    package var shape: Shape
    /// The distances between neighbors along each axis, in elements.
    package var strides: [Int]

    /// The whole of a storage, or the part from `offset` on, in row-major order.
    package init(_ storage: Storage, offset: Int = 0, _ shape: Shape) {
        self.storage = storage
        self.offset = offset
        self.shape = shape
        self.strides = shape.rowMajorStrides
    }

    /// Where the view's storage lies, which is known once memory is planned.
    package var residence: Residence {
        guard let residence = storage.residence else {
            preconditionFailure("the place of a view was asked for before memory was planned")
        }
        return residence
    }

    /// The distance in elements of the first element from the beginning of the memory.
    package var firstElement: Int {
        residence.byteOffset / storage.elementType.byteCount + offset
    }

    /// The size of its elements.
    package var byteCount: Int { storage.elementType.byteCount * shape.count }

    /// Whether the elements lie one after the other in row-major order.
    package var isContiguous: Bool {
        zip(shape.dimensions, zip(strides, shape.rowMajorStrides)).allSatisfy {
            $0 == 1 || $1.0 == $1.1
        }
    }

    /// The bytes of the storage from the first element to the end of the last.
    package var byteRange: Range<Int> {
        let last = zip(shape.dimensions, strides).map { ($0 - 1) * $1 }.reduce(offset, +)
        let size = storage.elementType.byteCount
        return size * offset..<size * (last + 1)
    }

    /// Whether both describe the same elements in the same order.
    package func isSame(as other: View) -> Bool {
        // Along an axis of one element nobody steps.
        storage === other.storage && offset == other.offset && shape == other.shape
            && zip(shape.dimensions, zip(strides, other.strides)).allSatisfy {
                $0 == 1 || $1.0 == $1.1
            }
    }

    /// Repeats along new leading axes and along axes of extent 1.
    package func broadcast(to target: Shape) -> View {
        var result = self
        let added = target.rank - shape.rank
        result.shape = target
        result.strides =
            Array(repeating: 0, count: added)
            + strides.indices.map { shape[$0] == target[$0 + added] ? strides[$0] : 0 }
        return result
    }

    /// Axis `i` of the result is axis `permutation[i]`.
    package func transposed(_ permutation: [Int]) -> View {
        var result = self
        result.shape = Shape(permutation.map { shape[$0] })
        result.strides = permutation.map { strides[$0] }
        return result
    }

    /// The part of a shape that begins at `lower` along each axis.
    package func sliced(from lower: [Int], to result: Shape) -> View {
        var view = self
        view.offset += zip(lower, strides).map { $0 * $1 }.reduce(0, +)
        view.shape = result
        return view
    }

    /// The same elements under another shape, or nil if no strides describe them.
    package func reshaped(_ target: Shape) -> View? {
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
