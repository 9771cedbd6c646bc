import NNGraph

/// A kernel of our own for a product, with its division of the work.
protocol ProductKernel {
    /// The command that computes a product and what an epilogue makes of it.
    func launch(
        _ product: MatrixProduct, _ epilogue: ElementwiseKernel, label: String,
        with kernels: KernelLibrary
    ) throws -> Launch
}

/// What computes a product.
enum ProductMethod {
    /// A kernel of our own, which takes an epilogue along.
    case kernel(any ProductKernel)
    /// CLBlast, given the operands as it describes them.
    case clBlast(BLASMatrix, BLASMatrix)
}

/// The matrix products of one compiled graph: what computes each of them.
final class MatrixProducts {
    private let context: Context
    private let kernels: KernelLibrary
    private let workspace = Workspace()

    init(_ context: Context, _ kernels: KernelLibrary) throws {
        self.context = context
        self.kernels = kernels
        try CLBlastParameters.apply(to: context.device)
    }

    /// What computes a product.
    func method(for product: MatrixProduct) -> ProductMethod {
        if kernels.form == .workgroup, let a = BLASMatrix(product.a), let b = BLASMatrix(product.b)
        {
            return .clBlast(a, b)
        }
        let (width, units) = (kernels.vectorWidth, kernels.computeUnits)
        return .kernel(
            DotTile.fits(product)
                ? DotTile(for: product, vectorWidth: width, computeUnits: units)
                : PanelTile(for: product, vectorWidth: width, computeUnits: units))
    }

    /// The product by CLBlast, into contiguous memory.
    func clBlast(
        _ product: MatrixProduct, _ a: BLASMatrix, _ b: BLASMatrix, into result: View
    ) throws -> any Command {
        let command = CLBlastProduct(
            product, a, b, into: result, workspace, device: context.device)
        let byteCount = try command.workspaceBytes(context.queue)
        if byteCount > workspace.buffer?.byteCount ?? 0 {
            workspace.buffer = try context.pool.allocate(byteCount: byteCount)
        }
        return command
    }
}

extension MatrixProduct {
    /// What the product and its epilogue move and compute.
    func cost(with epilogue: ElementwiseKernel) -> Launch.Cost {
        let touched = epilogue.reads.count + epilogue.writes.count
        return Launch.Cost(
            bytes: operandBytes + 4 * batchCount * m * n * touched,
            flops: flops + batchCount * m * n * epilogue.operationCount)
    }
}
