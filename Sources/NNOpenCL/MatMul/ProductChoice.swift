/// A way to compute matrix products that can be asked for.
enum ProductChoice: Hashable {
    case panel(PanelTile)
    case dot(DotTile)
    case block(BlockTile)
    case clBlast
}

extension ProductChoice {
    /// The method for a product, or nil if it does not suit the product or the device.
    func method(for product: MatrixProduct, on device: Device) -> ProductMethod? {
        switch self {
        case .panel(let tile): return .kernel(tile)
        case .dot(let tile): return DotTile.fits(product) ? .kernel(tile) : nil
        case .block(let tile): return tile.fits(device) ? .kernel(tile) : nil
        case .clBlast:
            guard let a = BLASMatrix(product.a), let b = BLASMatrix(product.b) else { return nil }
            return .clBlast(a, b)
        }
    }
}
