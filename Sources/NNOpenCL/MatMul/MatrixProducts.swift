import NNGraph

/// A kernel of our own for a product, with its division of the work.
protocol ProductKernel {
    /// The parts in which the sums of a product are computed; a second launch adds them up.
    func partCount(of product: MatrixProduct) -> Int

    /// The command that computes a product and what an epilogue makes of it.
    ///
    /// With several parts, the results of each follow those of the one before.
    func launch(
        _ product: MatrixProduct, _ epilogue: ElementwiseKernel, label: String,
        with kernels: KernelLibrary
    ) throws -> Launch
}

extension ProductKernel {
    func partCount(of product: MatrixProduct) -> Int { 1 }
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
    private let preferred: ProductChoice?
    private let workspace = Workspace()

    /// The preferred choice is taken for every product that it suits, the rules for the others.
    init(
        _ context: Context, _ kernels: KernelLibrary, preferring preferred: ProductChoice? = nil
    ) throws {
        self.context = context
        self.kernels = kernels
        self.preferred = preferred
        try CLBlastParameters.apply(to: context.device)
    }

    /// What computes a product.
    func method(for product: MatrixProduct) -> ProductMethod {
        let device = kernels.device
        if let method = preferred?.method(for: product, on: device) { return method }
        if kernels.form == .workgroup, let tile = BlockTile.choose(for: product, on: device) {
            return .kernel(tile)
        }
        let (width, units) = (kernels.vectorWidth, device.computeUnits)
        return .kernel(
            DotTile.fits(product)
                ? DotTile(for: product, vectorWidth: width, computeUnits: units)
                : PanelTile(for: product, vectorWidth: width, computeUnits: units))
    }

    /// The product by CLBlast, into contiguous rows.
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
        let (rows, columns) = epilogue.range
        let touched = epilogue.reads.count + epilogue.writes.count
        return Launch.Cost(
            bytes: operandBytes + 4 * rows * columns * touched,
            flops: flops + rows * columns * epilogue.operationCount)
    }
}
