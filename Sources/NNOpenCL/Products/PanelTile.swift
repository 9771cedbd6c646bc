import NNGraph

/// How `Kernels/matmul_panel.cl` divides a product: for CPU devices, whatever the layout.
struct PanelTile: Hashable, Codable {
    /// The rows of the tile of sums that stays in registers.
    var rows: Int
    /// Its columns, in vectors.
    var vectors: Int
    /// The tiles side by side in a panel.
    var strips: Int
    /// The rows of C that one work-item computes with one copy of its panel of B.
    var blockRows: Int
    /// The terms that are summed before partial sums go to local memory.
    var depth = 2048
    /// The parts in which long sums are computed, for want of other work; it follows from the product.
    var parts = 1

    private enum CodingKeys: CodingKey { case rows, vectors, strips, blockRows, depth }
}

extension PanelTile {
    /// The rows of a block whose part of A still fits into a second-level cache of usual size, or
    /// whose partial sums do.
    private static let longestBlock = 1024

    /// Good enough for any device without measuring.
    init(for product: MatrixProduct, vectorWidth: Int, computeUnits: Int) {
        let parts = product.isShort ? 1 : 8 * computeUnits
        (rows, vectors) =
            vectorWidth < 16
            ? (6, 2) : Self.tile(for: product, computeUnits: computeUnits)
        let strip = vectors * vectorWidth
        // Wide panels read A fewer times, narrow ones keep every core busy to the end.
        let hasWork = product.batchCount * ((product.n - 1) / (2 * strip) + 1) >= parts
        // Windows overlap: another read finds them in a cache, which half as much of B leaves to them.
        strips = hasWork && product.a.isPlain ? 2 : 1
        let panels = product.batchCount * ((product.n - 1) / (strips * strip) + 1)
        // Every block copies the panel again, so it must not be short.
        let wanted = max(1, min(2 * (parts - 1) / panels + 1, product.m / 128))
        let blocks = max(wanted, (product.m - 1) / Self.longestBlock + 1)
        blockRows = ((product.m - 1) / blocks / rows + 1) * rows
        // A column of A that is no run takes a cache line for each of its elements, so only as many
        // as the first cache holds can wait for the next tile, which needs the same lines.
        if let stride = product.a.columnAxes.strides.last, stride != 1 {
            // Rows of matrices are laid apart so that columns use all sets; those of images lie as they are.
            let fitting = Self.columnReach / max(1, abs(stride))
            depth = product.a.isPlain ? 128 : min(128, max(32, fitting))
        }
        divideLongSums(of: product, strip: strip, computeUnits: computeUnits)
    }

    /// The floats from the first to the last of the elements of a column that wait in the first cache: where they lie far
    /// apart, few of its sets are theirs.
    private static let columnReach = 4096

    /// The shortest sum of a part: the results of the parts have to be added up.
    private static let shortestPart = 2048

    /// Lets cores share the terms of few but long sums, such as a weight's gradient over all places of all images: each
    /// then reads its share of both operands once, and not all of one operand for every panel.
    private mutating func divideLongSums(
        of product: MatrixProduct, strip: Int, computeUnits: Int
    ) {
        let most = min(8 * computeUnits, product.k / Self.shortestPart)
        let results = Int.boundedProduct(product.m, product.n)
        guard product.batchCount == 1, most > 1, results <= product.k * 4 else { return }
        parts = most
        depth = min(depth, 128)
        strips = (product.n - 1) / strip + 1
        blockRows = ((product.m - 1) / rows + 1) * rows
    }

    /// The terms of one part of the sums.
    private func partDepth(of product: MatrixProduct) -> Int {
        ((product.k - 1) / parts / depth + 1) * depth
    }

    /// Whether panels of 64 columns leave enough blocks of 128 rows to keep every core busy.
    private static func isLarge(_ product: MatrixProduct, computeUnits: Int) -> Bool {
        product.k >= 256
            && product.batchCount * (product.m / 128) * ((product.n - 1) / 64 + 1)
                >= 4 * computeUnits
    }

    /// The tile for AVX-512, whose 32 registers hold 24 sums of sixteen floats, a row of B and an
    /// element of A: the one that takes the fewest instructions, those at the edges among them.
    private static func tile(
        for product: MatrixProduct, computeUnits: Int
    ) -> (rows: Int, vectors: Int) {
        func instructions(_ rows: Int, _ vectors: Int) -> Int {
            let tiles = ((product.m - 1) / rows + 1) * ((product.n - 1) / (16 * vectors) + 1)
            return tiles * (rows * vectors + rows + vectors)
        }
        // Two tiles of eight rows share a cache line of a column, so they do not cross any.
        guard product.a.columnAxes.strides.last == 1 || product.k == 1 else {
            return instructions(8, 3) < instructions(8, 2) ? (8, 3) : (8, 2)
        }
        guard isLarge(product, computeUnits: computeUnits) else { return (8, 2) }
        return instructions(8, 3) < instructions(6, 4) ? (8, 3) : (6, 4)
    }

    /// The local memory of a work-item in bytes: its panel of B, and partial sums if there are any.
    func localMemoryBytes(for product: MatrixProduct, vectorWidth: Int) -> Int {
        let panel = Int.boundedProduct(strips, vectors, vectorWidth)
        let (count, overflow) = Int.boundedProduct(min(product.k, depth), panel)
            .addingReportingOverflow(partialCount(of: product, panel: panel))
        let (all, isHuge) = count.addingReportingOverflow(listCount(for: product, panel: panel))
        return overflow || isHuge ? .max : .boundedProduct(4, all)
    }

    /// The numbers that say where the rows and columns of gathered operands are.
    private func listCount(for product: MatrixProduct, panel: Int) -> Int {
        let depth = min(product.k, depth)
        return (product.a.isPlain ? 0 : depth + blockRows) + (product.b.isPlain ? 0 : depth + panel)
    }

    /// Makes the panel narrower, then it or the block of partial sums shorter, whichever is larger,
    /// until both fit into so much local memory.
    mutating func shrink(toFit byteCount: Int, for product: MatrixProduct, vectorWidth: Int) {
        depth = min(depth, product.k)
        while localMemoryBytes(for: product, vectorWidth: vectorWidth) > byteCount {
            if strips > 1 {
                strips -= 1
            } else if depth < product.k, blockRows > max(depth, rows) {
                blockRows = ((blockRows / 2 - 1) / rows + 1) * rows
            } else if depth > 1 {
                depth /= 2
            } else {
                return
            }
        }
    }

    private func partialCount(of product: MatrixProduct, panel: Int) -> Int {
        depth < product.k ? .boundedProduct(blockRows, panel) : 1
    }
}

extension PanelTile: ProductKernel {
    /// Good enough without measuring, and within the device's local memory.
    init(for product: MatrixProduct, with kernels: KernelLibrary) {
        let (width, device) = (kernels.vectorWidth, kernels.device)
        self.init(for: product, vectorWidth: width, computeUnits: device.computeUnits)
        shrink(toFit: device.localMemoryBytes, for: product, vectorWidth: width)
    }

    func partCount(of product: MatrixProduct) -> Int {
        parts == 1 ? 1 : (product.k - 1) / partDepth(of: product) + 1
    }

    /// The sums are those of the columns of what is transposed, if its rows are runs.
    func sumsRows(of product: MatrixProduct) -> Bool {
        parts == 1 && product.batchCount == 1 && product.a.isPlain && product.a.hasContiguousColumns
    }

    /// The call that computes a product and what an epilogue makes of it.
    func call(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, label: String,
        with kernels: KernelLibrary
    ) -> KernelCall {
        let width = vectors * kernels.vectorWidth
        let panel = strips * width
        let depth = min(product.k, depth)
        let (a, b) = (product.a, product.b)
        let run = runLength(of: a, depth: depth)
        let sizes = [
            product.m, product.n, product.k, strips, blockRows, depth,
            run ?? min(64, max(16, depth / rows / 16 * 16)),
        ]
        var arguments: [KernelCall.Argument] = epilogue.arguments + .view(a.view)
        arguments += a.panelArguments + .view(b.view) + b.panelArguments + .counts(sizes)
        let lists = listCount(for: product, panel: panel)
        func localMemory(_ counts: Int...) -> [KernelCall.Argument] {
            counts.map { .localMemory(byteCount: ElementType.float.byteCount * $0) }
        }
        arguments += localMemory(depth * panel, partialCount(of: product, panel: panel))
        if parts > 1 { arguments.append(.count(partDepth(of: product))) }
        if lists > 0 { arguments += localMemory(lists) }
        return KernelCall(
            name: "matmul_panel", file: .matmulPanel,
            definitions: kernels.definitions(of: epilogue.parts),
            options: "-DTILE_ROWS=\(rows) -DTILE_VECTORS=\(vectors)"
                + (parts > 1 ? " -DIN_PARTS" : "")
                + layoutOptions(for: a, b, rows: product.m) + (run == nil ? "" : " -DA_HAS_RUNS"),
            global: [
                (product.n - 1) / panel + 1, (product.m - 1) / blockRows + 1,
                product.batchCount * partCount(of: product),
            ],
            local: [1, 1, 1], label: label, cost: product.cost(with: epilogue),
            arguments: arguments)
    }

    /// The terms of a chunk that lies in one run of each row of a gathered operand, so that only its beginning has to be
    /// looked up; nil for others.
    private func runLength(of a: MatrixOperand, depth: Int) -> Int? {
        guard !a.isPlain, a.rowAxes.strides.last != 1, a.columnAxes.strides.last == 1,
            let run = a.columnAxes.extents.last
        else {
            return nil
        }
        return stride(from: 64, through: 16, by: -4).first {
            run.isMultiple(of: $0) && (depth.isMultiple(of: $0) || depth == a.columns)
        }
    }

    /// What the kernel may know about the addresses of its operands.
    private func layoutOptions(
        for a: MatrixOperand, _ b: MatrixOperand, rows rowCount: Int
    ) -> String {
        var options = (a.isPlain ? "" : " -DA_GATHERED") + (b.isPlain ? "" : " -DB_GATHERED")
        if a.isPlain, a.hasContiguousRows {
            options += " -DA_ROWS_ARE_RUNS"
        } else if a.rowAxes.isOneRun ? rowCount >= rows : a.rowAxes.hasRuns(of: rows) {
            options += " -DA_COLUMNS_ARE_RUNS"
        }
        guard b.isPlain else { return options }
        if b.hasContiguousRows {
            options += " -DB_ROWS_ARE_RUNS"
        } else if b.hasContiguousColumns {
            options += " -DB_COLUMNS_ARE_RUNS"
        }
        return options
    }
}

extension MatrixOperand {
    /// Where rows, columns and members of the batch lie, as `Kernels/matmul_panel.cl` takes it.
    fileprivate var panelArguments: [KernelCall.Argument] {
        isPlain
            ? .counts([rowStride, columnStride, batchStride])
            : rowAxes.arguments + columnAxes.arguments + batchAxes.arguments
    }
}
