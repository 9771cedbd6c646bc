import NNCompiler
import NNGraph

/// How a loop body walks its tensors: as rows and columns, with axes merged that every access walks in
/// one go.
struct RowLayout {
    /// The extents, the last one that of the columns.
    let extents: [Int]
    /// For each access the distances between neighbors along each axis, in elements.
    let strides: [[Int]]

    init(of body: ElementwiseBody) {
        let last = body.shape.rank - 1
        let long = body.shape.dimensions.indices.filter {
            body.shape[$0] != 1 || (body.keepsRows && $0 == last)
        }
        var extents: [Int] = []
        var strides: [[Int]] = body.accesses.map { _ in [] }
        for axis in long.reversed() {
            let isOwnAxis = body.keepsRows && axis != last && extents.count == 1
            let isNext =
                !isOwnAxis
                && body.accesses.indices.allSatisfy { index in
                    guard let inner = strides[index].first, let extent = extents.first else {
                        return false
                    }
                    return body.accesses[index].view.strides[axis] == inner * extent
                }
            if isNext {
                extents[0] *= body.shape[axis]
            } else {
                extents.insert(body.shape[axis], at: 0)
                for index in body.accesses.indices {
                    strides[index].insert(body.accesses[index].view.strides[axis], at: 0)
                }
            }
        }
        // A single element still has a column, and stepping along it never happens.
        self.extents = extents.isEmpty ? [1] : extents
        self.strides = extents.isEmpty ? body.accesses.map { _ in [1] } : strides
    }

    /// The rows and columns that the kernel walks.
    var range: (rows: Int, columns: Int) {
        (extents.dropLast().reduce(1, *), extents[extents.count - 1])
    }

    /// The extents of the axes between the first and the columns, which a row's number is taken apart by.
    var innerExtents: ArraySlice<Int> { extents.dropLast().dropFirst() }

    /// The strides that are arguments: all but 0, and but 1 along the columns.
    static func strideArguments(
        _ name: String, _ strides: [Int]
    ) -> [(name: String, value: Int)] {
        let outer = strides.indices.dropLast().filter { strides[$0] != 0 }
            .map { ("\(name)_stride_\($0)", strides[$0]) }
        let step = strides[strides.count - 1]
        return outer + (step != 0 && step != 1 ? [("\(name)_step", step)] : [])
    }
}
