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

    /// The bytes of the storage from the lowest element to the end of the highest.
    package var byteRange: Range<Int> {
        let reaches = zip(shape.dimensions, strides).map { ($0 - 1) * $1 }
        let first = reaches.reduce(offset) { $0 + min($1, 0) }
        let last = reaches.reduce(offset) { $0 + max($1, 0) }
        let size = storage.elementType.byteCount
        return size * first..<size * (last + 1)
    }

    /// The bytes that are read through the view: no more than it spans, as windows overlap.
    package var touchedByteCount: Int { min(byteCount, byteRange.count) }

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

    /// Windows of an axis, which becomes two.
    package func windowed(_ axis: Int, _ windows: Windows, to result: Shape) -> View {
        var view = self
        view.offset += strides[axis] * windows.start
        view.shape = result
        view.strides.replaceSubrange(
            axis...axis, with: [strides[axis] * windows.stride, strides[axis] * windows.dilation])
        return view
    }

    /// The same elements under another shape, or nil if no strides describe them.
    ///
    /// Axes become others in the smallest runs of equally many elements: within each, one stride has to step through
    /// what is joined or divided. Axes of extent 1 come and go freely.
    package func reshaped(_ target: Shape) -> View? {
        if isContiguous { return View(storage, offset: offset, target) }
        var result = self
        result.shape = target
        // Nobody steps along an axis of extent 1.
        let isRepeated = strides.allSatisfy { $0 == 0 }
        result.strides = target.dimensions.map { _ in isRepeated ? 0 : 1 }
        if isRepeated { return result }
        let long = shape.dimensions.indices.filter { shape[$0] != 1 }
        var (old, new) = (long.startIndex, target.dimensions.startIndex)
        while old < long.endIndex {
            let first = old
            var (lost, made) = (shape[long[old]], 1)
            old += 1
            var axes: [Int] = []
            while made != lost || axes.isEmpty {
                if made < lost {
                    guard new < target.rank else { return nil }
                    axes.append(new)
                    made *= target[new]
                    new += 1
                } else {
                    guard old < long.endIndex else { return nil }
                    lost *= shape[long[old]]
                    old += 1
                }
            }
            guard
                (first..<old).dropFirst().allSatisfy({
                    strides[long[$0 - 1]] == strides[long[$0]] * shape[long[$0]]
                })
            else { return nil }
            var stride = strides[long[old - 1]]
            for axis in axes.reversed() where target[axis] != 1 {
                result.strides[axis] = stride
                stride *= target[axis]
            }
        }
        return result
    }
}
