import COpenCL
import NNGraph
import Synchronization

/// The matrix products of one compiled graph, computed by CLBlast.
///
/// CLBlast works in column-major order at its best, and a row-major C = A·B is a column-major
/// Cᵀ = Bᵀ·Aᵀ on the same memory: so the operands change places, and nothing is transposed.
final class MatrixProducts {
    private let context: Context
    private let workspace = Workspace()

    init(_ context: Context) throws {
        self.context = context
        try CLBlastParameters.apply(to: context.device)
    }

    /// The product `op(A) · op(B)` of every pair of matrices of the batch.
    func command(_ a: MatrixOperand, _ b: MatrixOperand, into result: View) throws -> any Command {
        let product = CLBlastProduct(a, b, result, workspace, device: context.device)
        let byteCount = try product.workspaceBytes(context.queue)
        if byteCount > workspace.buffer?.byteCount ?? 0 {
            workspace.buffer = try context.pool.allocate(byteCount: byteCount)
        }
        return product
    }
}

/// Memory that all products of a graph use in turn, as large as the neediest of them.
private final class Workspace {
    var buffer: Buffer?
}

/// One call of CLBlast with everything bound.
private final class CLBlastProduct: Command {
    let label: String

    private let a: MatrixOperand
    private let b: MatrixOperand
    private let result: View
    private let batchCount: Int
    private let workspace: Workspace
    private let buffers: (a: Buffer, b: Buffer, result: Buffer)
    private let device: Device

    /// CLBlast 1.5 keeps its programs in one table for the process and does not guard it well.
    private static let oneAtATime = Mutex(())

    init(
        _ a: MatrixOperand, _ b: MatrixOperand, _ result: View, _ workspace: Workspace,
        device: Device
    ) {
        self.a = a
        self.b = b
        self.result = result
        self.workspace = workspace
        self.device = device
        batchCount = result.shape.dimensions.dropLast(2).reduce(1, *)
        buffers = (a.view.buffer, b.view.buffer, result.buffer)
        let batch = batchCount > 1 ? "\(batchCount)×" : ""
        label = "matmul \(batch)\(a.rows)×\(b.columns)×\(a.columns)"
    }

    /// The memory that the call needs for padded copies of its operands.
    func workspaceBytes(_ queue: Queue) throws -> Int {
        guard batchCount == 1 else { return 0 }
        var byteCount = 0
        var handle: cl_command_queue? = queue.handle
        let status = CLBlastSGemmTempBufferSize(
            CLBlastLayoutColMajor, b.transpose, a.transpose, b.columns, a.rows, a.columns,
            b.view.offset, b.leadingDimension, a.view.offset, a.leadingDimension,
            result.offset, b.columns, &handle, &byteCount)
        try check(status.rawValue, "CLBlastSGemmTempBufferSize", doing: "preparing \(label)")
        return byteCount
    }

    func enqueue(on queue: Queue) throws {
        var handle: cl_command_queue? = queue.handle
        let status = Self.oneAtATime.withLock { _ in
            if batchCount == 1 {
                CLBlastSgemmWithTempBuffer(
                    CLBlastLayoutColMajor, b.transpose, a.transpose,
                    b.columns, a.rows, a.columns, 1,
                    buffers.b.handle, b.view.offset, b.leadingDimension,
                    buffers.a.handle, a.view.offset, a.leadingDimension, 0,
                    buffers.result.handle, result.offset, b.columns,
                    &handle, nil, workspace.buffer?.handle)
            } else {
                CLBlastSgemmStridedBatched(
                    CLBlastLayoutColMajor, b.transpose, a.transpose,
                    b.columns, a.rows, a.columns, 1,
                    buffers.b.handle, b.view.offset, b.leadingDimension, b.batchStride,
                    buffers.a.handle, a.view.offset, a.leadingDimension, a.batchStride, 0,
                    buffers.result.handle, result.offset, b.columns, a.rows * b.columns,
                    batchCount, &handle, nil)
            }
        }
        queue.countLaunch()
        let bytes = buffers.a.byteCount + buffers.b.byteCount + buffers.result.byteCount
        try check(
            Int32(bitPattern: UInt32(bitPattern: status.rawValue)), "CLBlastSgemm", touching: bytes,
            on: device)
    }
}

extension MatrixOperand {
    /// Row-major memory read in column-major order is the transposed matrix, so what CLBlast has to
    /// transpose is exactly what is stored transposed.
    fileprivate var transpose: CLBlastTranspose {
        isTransposed ? CLBlastTransposeYes : CLBlastTransposeNo
    }
}
