import NNCompiler
import NNGraph

/// One side of a batched matrix product: a matrix for every member of the batch, wherever its
/// elements lie.
///
/// Rows, columns and members may each be several axes of a view, such as the windows of an image, which so are never
/// copied to be a matrix.
struct MatrixOperand {
    let view: View
    let rowAxes: OperandAxes
    let columnAxes: OperandAxes
    let batchAxes: OperandAxes

    /// Describes a view whose last axes are so many of rows and then of columns, or first of columns if it is
    /// transposed; nil if kernels do not take so many.
    init?(_ view: View, rows: Int = 1, columns: Int = 1, transposed: Bool) {
        let rank = view.shape.rank
        let middle = rank - (transposed ? rows : columns)
        let first = rank - rows - columns
        func axes(_ range: Range<Int>) -> OperandAxes? {
            OperandAxes(Array(view.shape.dimensions[range]), Array(view.strides[range]))
        }
        guard let batch = axes(0..<first), let outer = axes(first..<middle),
            let inner = axes(middle..<rank)
        else { return nil }
        self.view = view
        batchAxes = batch
        (rowAxes, columnAxes) = transposed ? (inner, outer) : (outer, inner)
    }

    /// The same elements as the transposed matrices.
    var transposed: MatrixOperand {
        MatrixOperand(view: view, rowAxes: columnAxes, columnAxes: rowAxes, batchAxes: batchAxes)
    }

    private init(
        view: View, rowAxes: OperandAxes, columnAxes: OperandAxes, batchAxes: OperandAxes
    ) {
        self.view = view
        self.rowAxes = rowAxes
        self.columnAxes = columnAxes
        self.batchAxes = batchAxes
    }

    /// The rows of the matrix, after any transposition.
    var rows: Int { rowAxes.count }

    /// The columns of the matrix, after any transposition.
    var columns: Int { columnAxes.count }

    /// Whether one stride each steps through rows, columns and members of the batch.
    var isPlain: Bool {
        rowAxes.stride != nil && columnAxes.stride != nil && batchAxes.stride != nil
    }

    /// The distance in memory between neighboring columns of a plain operand.
    ///
    /// The stride of a single row or column says nothing; as one of a run it fits most kernels.
    var columnStride: Int { columns == 1 ? 1 : columnAxes.stride ?? 0 }

    /// The distance between neighboring rows of a plain operand.
    var rowStride: Int {
        rows == 1 ? (columnStride == 1 ? columns : 1) : rowAxes.stride ?? 0
    }

    /// The distance between neighbors of a plain operand's batch; 0 if there is one matrix for all.
    var batchStride: Int { batchAxes.stride ?? 0 }

    /// Whether each row lies in one run.
    var hasContiguousRows: Bool { columnStride == 1 }

    /// Whether each column lies in one run.
    var hasContiguousColumns: Bool { rowStride == 1 }
}
