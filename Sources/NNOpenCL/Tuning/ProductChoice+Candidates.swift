extension ProductChoice {
    /// Tiles of registers to try for a product, each with the rule's division of the rest.
    static func tiles(for product: MatrixProduct, with kernels: KernelLibrary) -> [ProductChoice] {
        guard kernels.form == .serial else {
            let rule = BlockTile.choose(for: product, on: kernels.device)
            return BlockTile.candidates.filter { $0.fits(kernels.device) }.map { tile in
                var tile = tile
                tile.parts = rule?.parts ?? 1
                return .block(tile)
            }
        }
        let (width, units) = (kernels.vectorWidth, kernels.device.computeUnits)
        // As many sums as 32 registers hold beside a row of B, or as 16 do.
        let sums =
            width == 16
            ? [(8, 2), (6, 4), (4, 4), (8, 3), (12, 2), (6, 2), (8, 1)]
            : [(6, 2), (4, 3), (4, 2), (5, 2), (8, 1)]
        let panels = sums.map { rows, vectors in
            var tile = PanelTile(for: product, vectorWidth: width, computeUnits: units)
            tile.blockRows = (tile.blockRows - 1) / rows * rows + rows
            (tile.rows, tile.vectors) = (rows, vectors)
            return ProductChoice.panel(tile)
        }
        guard DotTile.fits(product) else { return panels }
        let dots = (width == 16 ? [6, 4, 5, 3] : [3, 2]).map { rows in
            var tile = DotTile(for: product, vectorWidth: width, computeUnits: units)
            tile.blockRows = (tile.blockRows - 1) / rows * rows + rows
            tile.rows = rows
            return ProductChoice.dot(tile)
        }
        return dots + panels
    }

    /// The same kernel with other divisions of the work among work-items.
    func divisions(of product: MatrixProduct, with kernels: KernelLibrary) -> [ProductChoice] {
        switch self {
        case .panel(let tile):
            return [1, 2, 4].flatMap { strips in
                Self.shares(of: product.m, in: tile.rows, least: 16).map { blockRows in
                    var other = tile
                    (other.strips, other.blockRows) = (strips, blockRows)
                    return .panel(other)
                }
            }
        case .dot(let tile):
            let strip = max(4, kernels.vectorWidth)
            return Self.shares(of: product.n, in: strip, least: strip).flatMap { blockColumns in
                Self.shares(of: product.m, in: tile.rows, least: 16).map { blockRows in
                    var other = tile
                    (other.blockRows, other.blockColumns) = (blockRows, blockColumns)
                    return .dot(other)
                }
            }
        case .block(let tile):
            return BlockTile.partCounts(for: product, on: kernels.device).map { parts in
                var other = tile
                other.parts = parts
                return .block(other)
            }
        case .clBlast:
            return []
        }
    }

    /// The whole, its half, its quarter and so on, in whole units.
    private static func shares(of length: Int, in unit: Int, least: Int) -> [Int] {
        var shares: [Int] = []
        var count = 1
        while count <= 64, length / count >= least || count == 1 {
            let share = ((length - 1) / count / unit + 1) * unit
            if shares.last != share { shares.append(share) }
            count *= 2
        }
        return shares
    }
}
