import COpenCL
import NNCompiler
import NNGraph
import Synchronization

/// Memory that all products of a graph use in turn, as large as the neediest of them.
final class Workspace {
    var buffer: Buffer?
}

/// A product for CLBlast as data: its operands as BLAS describes them, and contiguous memory that takes
/// the result, whose rows and columns may each be several axes.
struct BLASProduct {
    let product: MatrixProduct
    let a: BLASMatrix
    let b: BLASMatrix
    let result: View
}

/// One call of CLBlast with everything bound.
///
/// CLBlast works in column-major order at its best, and a row-major C = A·B is a column-major
/// Cᵀ = Bᵀ·Aᵀ on the same memory: so the operands change places, and nothing is transposed.
final class CLBlastProduct: Command {
    let label: String
    var kernelName: String { "CLBlast's product" }

    private let product: MatrixProduct
    private let a: BLASMatrix
    private let b: BLASMatrix
    private let result: View
    private let offsets: (a: Int, b: Int, result: Int)
    /// Parts of memories, since CLBlast copies what does not begin at the start of one.
    private let buffers: (a: SubBuffer, b: SubBuffer, result: SubBuffer)
    private let workspace: Workspace
    private let device: Device

    /// CLBlast 1.5 keeps its programs in one table for the process and does not guard it well.
    private static let oneAtATime = Mutex(())

    /// Binds a product, whose memory must be known by now.
    init(_ data: BLASProduct, _ workspace: Workspace, device: Device) throws {
        (product, a, b, result) = (data.product, data.a, data.b, data.result)
        self.workspace = workspace
        self.device = device
        let (viewA, viewB) = (product.a.view, product.b.view)
        offsets = (viewA.offset, viewB.offset, result.offset)
        buffers = try (viewA.ownMemory(), viewB.ownMemory(), result.ownMemory())
        label = product.label
    }

    /// The memory that the call needs for padded copies of its operands.
    func workspaceBytes(_ queue: Queue) throws -> Int {
        guard product.batchCount == 1 else { return 0 }
        var byteCount = 0
        var handle: cl_command_queue? = queue.handle
        let status = CLBlastSGemmTempBufferSize(
            CLBlastLayoutColMajor, b.transpose, a.transpose, product.n, product.m, product.k,
            offsets.b, b.leadingDimension, offsets.a, a.leadingDimension, offsets.result,
            product.n, &handle, &byteCount)
        try check(status.rawValue, "CLBlastSGemmTempBufferSize", doing: "preparing \(label)")
        return byteCount
    }

    var cost: Launch.Cost {
        Launch.Cost(
            bytes: product.operandBytes + result.byteCount, flops: product.flops)
    }

    func enqueue(on queue: Queue) throws {
        try enqueue(on: queue, event: nil)
    }

    func enqueueProfiled(on queue: Queue) throws -> Event {
        try queue.profiled(label) { try enqueue(on: queue, event: $0) }
    }

    private func enqueue(on queue: Queue, event: UnsafeMutablePointer<cl_event?>?) throws {
        var handle: cl_command_queue? = queue.handle
        let (m, n, k) = (product.m, product.n, product.k)
        let status = Self.oneAtATime.withLock { _ in
            if product.batchCount == 1 {
                CLBlastSgemmWithTempBuffer(
                    CLBlastLayoutColMajor, b.transpose, a.transpose, n, m, k, 1,
                    buffers.b.handle, offsets.b, b.leadingDimension,
                    buffers.a.handle, offsets.a, a.leadingDimension, 0,
                    buffers.result.handle, offsets.result, n, &handle, event,
                    workspace.buffer?.handle)
            } else {
                CLBlastSgemmStridedBatched(
                    CLBlastLayoutColMajor, b.transpose, a.transpose, n, m, k, 1,
                    buffers.b.handle, offsets.b, b.leadingDimension, product.b.batchStride,
                    buffers.a.handle, offsets.a, a.leadingDimension, product.a.batchStride, 0,
                    buffers.result.handle, offsets.result, n, m * n, product.batchCount, &handle,
                    event)
            }
        }
        queue.countLaunch()
        let bytes = buffers.a.byteCount + buffers.b.byteCount + buffers.result.byteCount
        try check(
            Int32(bitPattern: UInt32(bitPattern: status.rawValue)), "CLBlastSgemm", touching: bytes,
            on: device)
    }
}

extension View {
    /// The memory of the view's storage alone.
    fileprivate func ownMemory() throws -> SubBuffer {
        try SubBuffer(
            of: buffer, from: residence.byteOffset, byteCount: storage.byteCount)
    }
}

/// A matrix as BLAS describes it: runs of elements that are `leadingDimension` apart.
struct BLASMatrix {
    let leadingDimension: Int
    /// Row-major memory read in column-major order is the transposed matrix, so what CLBlast has to
    /// transpose is exactly what is stored transposed.
    let transpose: CLBlastTranspose

    /// Describes an operand, or returns nil if its memory has no such form.
    init?(_ operand: MatrixOperand) {
        guard operand.isPlain else { return nil }
        if operand.hasContiguousRows, operand.rowStride >= operand.columns {
            (leadingDimension, transpose) = (operand.rowStride, CLBlastTransposeNo)
        } else if operand.hasContiguousColumns, operand.columnStride >= operand.rows {
            (leadingDimension, transpose) = (operand.columnStride, CLBlastTransposeYes)
        } else {
            return nil
        }
    }
}
