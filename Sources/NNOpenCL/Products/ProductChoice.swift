/// A way to compute matrix products that can be asked for, measured and remembered.
enum ProductChoice: Hashable {
    case panel(PanelTile)
    case dot(DotTile)
    case block(BlockTile)
    case clBlast
}

extension ProductChoice {
    /// The method for a product, or nil if its operands do not suit the kernel.
    func method(for product: MatrixProduct) -> ProductMethod? {
        switch self {
        case .panel(let tile): return .kernel(tile)
        case .dot(let tile): return DotTile.fits(product) ? .kernel(tile) : nil
        case .block(let tile): return product.isPlain ? .kernel(tile) : nil
        case .clBlast:
            guard let a = BLASMatrix(product.a), let b = BLASMatrix(product.b) else { return nil }
            return .clBlast(a, b)
        }
    }

    /// Whether the device has the memory and the work-items that the division asks for.
    func fits(_ product: MatrixProduct, with kernels: KernelLibrary) -> Bool {
        fits(product, vectorWidth: kernels.vectorWidth, limits: kernels.device.workLimits)
    }

    /// Whether there are the memory and the work-items that the division asks for.
    func fits(_ product: MatrixProduct, vectorWidth: Int, limits: WorkLimits) -> Bool {
        switch self {
        case .panel(let tile):
            tile.localMemoryBytes(for: product, vectorWidth: vectorWidth) <= limits.localMemoryBytes
        case .block(let tile):
            tile.fits(limits)
                && (tile.parts == 1
                    || Int.boundedProduct(
                        4, tile.partCount(of: product), product.batchCount, product.m, product.n)
                        <= limits.allocationBytes)
        case .dot, .clBlast: true
        }
    }

    /// Good enough for any product and device without measuring.
    static func rule(for product: MatrixProduct, with kernels: KernelLibrary) -> ProductChoice {
        let device = kernels.device
        if kernels.form == .workgroup, let tile = BlockTile.choose(for: product, on: device) {
            return .block(tile)
        }
        let (width, units) = (kernels.vectorWidth, device.computeUnits)
        guard !DotTile.isFaster(for: product, vectorWidth: width) else {
            return .dot(DotTile(for: product, vectorWidth: width, computeUnits: units))
        }
        return .panel(PanelTile(for: product, with: kernels))
    }
}
