/// How `Kernels/matmul_block.cl` divides a product: for GPUs, whatever the layout.
struct BlockTile: Hashable, Codable {
    /// The rows of C that one workgroup computes.
    var blockRows: Int
    /// The columns of C that one workgroup computes.
    var blockColumns: Int
    /// The terms of a slice, for which the factors are in local memory at once: a multiple of 8.
    var blockDepth: Int
    /// The rows of the tile of sums that each work-item keeps in registers: a multiple of 4.
    var rows: Int
    /// Its columns: a multiple of 4.
    var columns: Int
    /// The parts in which long sums are computed, for want of other work; fewer if they are short.
    var parts = 1

    /// The work-items of a workgroup.
    var itemCount: Int { .boundedProduct(blockRows / rows, blockColumns / columns) }

    /// The local memory of a workgroup.
    var localMemoryBytes: Int {
        let (lines, overflow) = (blockRows + 4).addingReportingOverflow(blockColumns + 4)
        let slices = overflow ? .max : Int.boundedProduct(blockDepth, lines)
        return .boundedProduct(8, max(slices, .boundedProduct(blockRows / rows, blockColumns)))
    }

    /// Whether the numbers go together and a device can run such workgroups.
    func fits(_ device: Device) -> Bool { fits(device.workLimits) }

    /// Whether the numbers go together and allow such workgroups.
    func fits(_ limits: WorkLimits) -> Bool {
        guard [rows, columns].allSatisfy({ $0 > 0 && $0.isMultiple(of: 4) }),
            blockRows.isMultiple(of: rows), blockColumns.isMultiple(of: columns),
            blockDepth > 0, blockDepth.isMultiple(of: 8), itemCount > 0,
            itemCount <= min(limits.workgroupSize, limits.workItemCount),
            // Which also says that the products below are no more than `Int` holds.
            localMemoryBytes <= limits.localMemoryBytes
        else { return false }
        return (blockRows * blockDepth).isMultiple(of: itemCount)
            && (blockColumns * blockDepth).isMultiple(of: itemCount)
    }

    /// The terms of one part of the sums: whole slices.
    func partDepth(of product: MatrixProduct) -> Int {
        ((product.k - 1) / .boundedProduct(parts, blockDepth) + 1) * blockDepth
    }
}

extension BlockTile: ProductKernel {
    func partCount(of product: MatrixProduct) -> Int {
        (product.k - 1) / partDepth(of: product) + 1
    }

    /// The call that computes a product, or all parts of it, and what an epilogue makes of it.
    func call(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, label: String,
        with kernels: KernelLibrary
    ) -> KernelCall {
        let (a, b) = (product.a, product.b)
        var arguments: [KernelCall.Argument] = epilogue.arguments + .view(a.view)
        arguments += .counts([a.rowStride, a.columnStride, a.batchStride])
        arguments += .view(b.view)
        arguments += .counts([b.rowStride, b.columnStride, b.batchStride])
        let sizes = [
            product.m, product.n, product.k, product.batchCount, partDepth(of: product),
        ]
        let loadingA = SliceLoading(
            a, lineStride: a.rowStride, depthStride: a.columnStride, lines: product.m,
            depth: product.k)
        let loadingB = SliceLoading(
            b, lineStride: b.columnStride, depthStride: b.rowStride, lines: product.n,
            depth: product.k)
        let options = [
            "-DBLOCK_ROWS=\(blockRows) -DBLOCK_COLUMNS=\(blockColumns) -DBLOCK_DEPTH=\(blockDepth)",
            "-DTILE_ROWS=\(rows) -DTILE_COLUMNS=\(columns)",
            loadingA.options("A", floatsPerItem: blockRows * blockDepth / itemCount),
            loadingB.options("B", floatsPerItem: blockColumns * blockDepth / itemCount),
        ]
        let blocks = ((product.m - 1) / blockRows + 1) * ((product.n - 1) / blockColumns + 1)
        arguments += .counts(sizes)
        return KernelCall(
            name: "matmul_block", file: .matmulBlock,
            definitions: kernels.definitions(of: epilogue.parts),
            options: options.joined(separator: " "),
            global: [blocks * product.batchCount * partCount(of: product) * itemCount],
            local: [itemCount], label: label, cost: product.cost(with: epilogue),
            arguments: arguments)
    }
}

/// How the work-items of a group load slices of an operand, whose lines are rows of A or columns
/// of B.
private struct SliceLoading {
    /// Whether neighboring work-items load along the sums and not across them.
    let isAlongDepth: Bool
    /// Whether runs of four floats are aligned and lie all inside or all outside of the operand.
    let isInFours: Bool

    init(_ operand: MatrixOperand, lineStride: Int, depthStride: Int, lines: Int, depth: Int) {
        isAlongDepth = depthStride < lineStride
        let (step, stride) = isAlongDepth ? (depthStride, lineStride) : (lineStride, depthStride)
        let numbers = [
            isAlongDepth ? depth : lines, stride, operand.batchStride, operand.view.offset,
        ]
        isInFours = step == 1 && numbers.allSatisfy { $0.isMultiple(of: 4) }
    }

    func options(_ name: String, floatsPerItem: Int) -> String {
        let width = isInFours && floatsPerItem.isMultiple(of: 4) ? 4 : 1
        return "-D\(name)_ALONG_DEPTH=\(isAlongDepth ? 1 : 0) -D\(name)_WIDTH=\(width)"
    }
}
