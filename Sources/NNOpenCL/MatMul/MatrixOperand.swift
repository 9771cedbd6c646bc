import NNGraph

/// One side of a batched matrix product as BLAS describes it: rows of `leadingDimension` elements.
struct MatrixOperand {
    let view: View
    /// The rows and columns of `op(X)`, after any transposition.
    let rows: Int
    let columns: Int
    /// Whether the stored matrix is `op(X)ᵀ`.
    let isTransposed: Bool
    /// The distance between the rows of the stored matrix.
    let leadingDimension: Int
    /// The distance between neighbors of the batch; 0 if there is one matrix for all.
    let batchStride: Int

    /// Describes a view, or returns nil if its memory has no such form.
    init?(_ view: View, transposed: Bool) {
        let rank = view.shape.rank
        let (height, width) = (view.shape[rank - 2], view.shape[rank - 1])
        let (rowStride, columnStride) = (view.strides[rank - 2], view.strides[rank - 1])
        let isRowMajor = (columnStride == 1 || width == 1) && (rowStride >= width || height == 1)
        let isColumnMajor =
            (rowStride == 1 || height == 1) && (columnStride >= height || width == 1)
        guard isRowMajor || isColumnMajor, let batchStride = Self.batchStride(view) else {
            return nil
        }
        self.view = view
        self.batchStride = batchStride
        (rows, columns) = transposed ? (width, height) : (height, width)
        isTransposed = transposed == isRowMajor
        leadingDimension =
            isRowMajor
            ? (height == 1 ? width : rowStride) : (width == 1 ? height : columnStride)
    }

    /// Describes a view whose elements lie in row-major order.
    init(contiguous view: View, transposed: Bool) {
        let rank = view.shape.rank
        let (height, width) = (view.shape[rank - 2], view.shape[rank - 1])
        self.view = view
        (rows, columns) = transposed ? (width, height) : (height, width)
        isTransposed = transposed
        leadingDimension = width
        batchStride = height * width
    }

    /// The one stride that steps through the whole batch, if there is one.
    private static func batchStride(_ view: View) -> Int? {
        var stride: Int?
        var span = 0
        for axis in view.shape.dimensions.indices.dropLast(2).reversed()
        where view.shape[axis] != 1 {
            if stride == nil {
                stride = view.strides[axis]
                span = view.strides[axis]
            } else if view.strides[axis] != span {
                return nil
            }
            span *= view.shape[axis]
        }
        return stride ?? 0
    }
}
