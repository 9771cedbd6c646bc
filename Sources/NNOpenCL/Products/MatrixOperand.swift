import NNCompiler
import NNGraph

/// One side of a batched matrix product: a matrix for every member of the batch, wherever its
/// elements lie.
struct MatrixOperand {
    let view: View
    /// The rows and columns of the matrix, after any transposition.
    let rows: Int
    let columns: Int
    /// The distance in memory between neighboring rows, and between neighboring columns.
    let rowStride: Int
    let columnStride: Int
    /// The distance between neighbors of the batch; 0 if there is one matrix for all.
    let batchStride: Int

    /// Describes a view, or returns nil if no one stride steps through its batch.
    init?(_ view: View, transposed: Bool) {
        guard let batchStride = Self.batchStride(view) else { return nil }
        let axes = [view.shape.rank - 2, view.shape.rank - 1]
        let (row, column) = transposed ? (axes[1], axes[0]) : (axes[0], axes[1])
        self.view = view
        self.batchStride = batchStride
        (rows, columns) = (view.shape[row], view.shape[column])
        // The stride of a single row or column says nothing; as one of a run it fits most kernels.
        columnStride = columns == 1 ? 1 : view.strides[column]
        rowStride = rows == 1 ? (columnStride == 1 ? columns : 1) : view.strides[row]
    }

    /// Whether each row lies in one run.
    var hasContiguousRows: Bool { columnStride == 1 }

    /// Whether each column lies in one run.
    var hasContiguousColumns: Bool { rowStride == 1 }

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
