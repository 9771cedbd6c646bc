import NNGraph

/// Axes of a view that a product takes as one: its rows, its columns or its batch, in row-major order.
///
/// Axes that one stride steps through are one, so that there are none for a single place and one for a run.
struct OperandAxes: Hashable {
    /// The extents, outermost first.
    let extents: [Int]
    /// The distances between neighbors along each, in elements.
    let strides: [Int]

    /// Joins what can be joined; nil if more axes are left than kernels take.
    init?(_ shape: [Int], _ strides: [Int]) {
        var joined: [(extent: Int, stride: Int)] = []
        for (extent, stride) in zip(shape, strides) where extent != 1 {
            if let last = joined.last, last.stride == extent * stride {
                joined[joined.count - 1] = (last.extent * extent, stride)
            } else {
                joined.append((extent, stride))
            }
        }
        guard joined.count <= Self.limit else { return nil }
        extents = joined.map(\.extent)
        self.strides = joined.map(\.stride)
    }

    /// The most axes of any side: enough for the positions of a convolution in space, in every image.
    static let limit = 4

    /// The number of places.
    var count: Int { extents.reduce(1, *) }

    /// The one stride that steps forwards through all places, which is 0 for a single one; nil if there is none.
    var stride: Int? {
        guard let first = strides.first else { return 0 }
        return extents.count == 1 && first >= 0 ? first : nil
    }

    /// The distances between neighbors along axes of such extents, which these are or were joined of; nil if they do not
    /// divide these.
    func strides(dividingInto wanted: [Int]) -> [Int]? {
        var rest = Array(zip(extents, strides))
        var result: [Int] = []
        for extent in wanted.reversed() {
            guard let (last, stride) = rest.popLast(), last.isMultiple(of: extent) else {
                return nil
            }
            result.append(stride)
            if last > extent { rest.append((last / extent, stride * extent)) }
        }
        return rest.isEmpty ? result.reversed() : nil
    }

    /// Whether all places lie in one run.
    var isOneRun: Bool { stride == 1 || count == 1 }

    /// Whether the places are whole runs of so many.
    func hasRuns(of length: Int) -> Bool {
        strides.last == 1 && extents.last?.isMultiple(of: length) == true
    }

    /// What kernels take: the extents of all axes but the first, and the strides of all, with axes of a single place in
    /// front until there are ``limit``.
    var arguments: [KernelCall.Argument] {
        let missing = Self.limit - extents.count
        let extents = Array(repeating: 1, count: missing) + extents
        let strides = Array(repeating: 0, count: missing) + strides
        return .counts(Array(extents.dropFirst())) + strides.map { .int32(Int32($0)) }
    }
}
