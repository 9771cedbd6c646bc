/// How `Kernels/matmul_dot.cl` divides a product: for CPU devices, where the rows of A and the
/// columns of B are runs.
struct DotTile: Hashable, Codable {
    /// The rows of the tile of sums that stays in registers.
    var rows: Int
    /// The rows of C that one work-item computes.
    var blockRows: Int
    /// The columns of C that one work-item computes.
    var blockColumns: Int
}

extension DotTile {
    /// The floats of A that a block may read: a quarter of a MiB, half of a common second-level cache.
    private static let cachedFloats = 1 << 16

    /// Good enough for any device without measuring.
    init(for product: MatrixProduct, vectorWidth: Int, computeUnits: Int) {
        // Sums, a column of the tile of A and a vector of B fill 32 registers or 16.
        rows = vectorWidth == 16 ? 6 : 3
        let strip = max(4, vectorWidth)
        let parts = product.isShort ? 1 : 16 * computeUnits
        // The rows of A stay in the second cache for all columns of the block, the columns of B that
        // one strip reads in the first for all rows.
        let rowsInCache = max(4 * rows, Self.cachedFloats / product.k)
        let blocksDown = (product.m - 1) / rowsInCache + 1
        blockRows = ((product.m - 1) / blocksDown / rows + 1) * rows
        let strips = (product.n - 1) / strip + 1
        let stripsPerPart = product.batchCount * blocksDown * strips / parts
        blockColumns = min(max(stripsPerPart, 1), 6) * strip
    }

    /// The same tile for work-items that have all columns of their rows.
    func withWholeRows(of product: MatrixProduct, computeUnits: Int) -> DotTile {
        let parts = product.isShort ? 1 : 4 * computeUnits
        let rowsPerPart = (product.m - 1) / parts + 1
        return DotTile(
            rows: rows, blockRows: ((rowsPerPart - 1) / rows + 1) * rows, blockColumns: product.n)
    }

    /// Whether the layout of a product suits the kernel.
    static func fits(_ product: MatrixProduct) -> Bool {
        product.isPlain && product.a.hasContiguousRows && product.b.hasContiguousColumns
    }

    /// Whether dot products are likely to be faster than panels of B copied so that rows are runs.
    ///
    /// The copy is worth its time once enough rows of A meet it, and sooner where vectors are long:
    /// with sixteen lanes their sums cost as much as the copy for 32 rows (measured on Zen 5), with
    /// eight for some hundreds.
    static func isFaster(for product: MatrixProduct, vectorWidth: Int) -> Bool {
        fits(product) && (product.n < 64 || product.m < (vectorWidth == 16 ? 32 : 512))
    }
}

extension DotTile: ProductKernel {
    func takesLosses(of product: MatrixProduct) -> Bool { product.batchCount == 1 }

    /// The call that computes a product and what an epilogue makes of it.
    func call(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, label: String,
        with kernels: KernelLibrary
    ) -> KernelCall {
        let (a, b) = (product.a, product.b)
        let units = kernels.device.computeUnits
        let tile =
            epilogue.loss == nil ? self : withWholeRows(of: product, computeUnits: units)
        let sizes = [product.m, product.n, product.k, tile.blockRows, tile.blockColumns]
        var arguments: [KernelCall.Argument] = epilogue.arguments + .view(a.view)
        arguments += .counts([a.rowStride, a.batchStride])
        arguments += .view(b.view)
        arguments += .counts([b.columnStride, b.batchStride])
        arguments += .counts(sizes)
        return KernelCall(
            name: "matmul_dot", file: .matmulDot,
            definitions: kernels.definitions(of: epilogue.parts),
            options: "-DTILE_ROWS=\(rows)"
                + (epilogue.loss?.gradient == nil ? "" : " -DLOSS_GRADIENT"),
            global: [
                (product.n - 1) / tile.blockColumns + 1, (product.m - 1) / tile.blockRows + 1,
                product.batchCount,
            ],
            local: [1, 1, 1], label: label, cost: product.cost(with: epilogue),
            arguments: arguments)
    }
}
