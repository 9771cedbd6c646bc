extension BlockTile {
    /// The divisions to choose from, with fewer and fewer work for each workgroup.
    static let candidates = [
        BlockTile(blockRows: 128, blockColumns: 128, blockDepth: 8, rows: 8, columns: 8),
        BlockTile(blockRows: 128, blockColumns: 64, blockDepth: 16, rows: 8, columns: 4),
        BlockTile(blockRows: 64, blockColumns: 128, blockDepth: 16, rows: 4, columns: 8),
        BlockTile(blockRows: 64, blockColumns: 64, blockDepth: 16, rows: 4, columns: 4),
        BlockTile(blockRows: 64, blockColumns: 64, blockDepth: 8, rows: 8, columns: 8),
        BlockTile(blockRows: 64, blockColumns: 16, blockDepth: 16, rows: 4, columns: 4),
        BlockTile(blockRows: 16, blockColumns: 64, blockDepth: 16, rows: 4, columns: 4),
        BlockTile(blockRows: 32, blockColumns: 32, blockDepth: 16, rows: 4, columns: 4),
        BlockTile(blockRows: 16, blockColumns: 16, blockDepth: 8, rows: 4, columns: 4),
    ]

    /// Good enough for any GPU without measuring; nil if a device cannot run any of them.
    static func choose(for product: MatrixProduct, on device: Device) -> BlockTile? {
        let partCounts = partCounts(for: product, on: device)
        let choices = candidates.filter { $0.fits(device) }.flatMap { tile in
            partCounts.map { parts in
                var tile = tile
                tile.parts = parts
                return (tile, tile.estimatedCycles(for: product, on: device))
            }
        }
        return choices.min { $0.1 < $1.1 }?.0
    }

    /// The parts that the sums of a product can reasonably fall into.
    static func partCounts(for product: MatrixProduct, on device: Device) -> [Int] {
        let resultBytes = 4 * product.batchCount * product.m * product.n
        // A part is worth its memory only if it has many terms.
        return [1, 2, 4, 8, 16, 32].filter { parts in
            parts == 1
                || (product.k >= 128 * parts
                    && resultBytes * parts <= device.maximumAllocationBytes)
        }
    }

    /// A guess at the cycles that a product takes, by a GPU whose units do 128 multiply-adds each.
    private func estimatedCycles(for product: MatrixProduct, on device: Device) -> Double {
        let parts = partCount(of: product)
        let blocks = ((product.m - 1) / blockRows + 1) * ((product.n - 1) / blockColumns + 1)
        // What the busiest unit does, while others may have nothing left.
        let turns = (blocks * product.batchCount * parts - 1) / device.computeUnits + 1
        let slices = (partDepth(of: product) - 1) / blockDepth + 1
        let multiplyAdds = turns * blockRows * blockColumns * slices * blockDepth
        // The registers of a small tile are refilled from local memory more often.
        let tileShare = Double(rows * columns) / Double(rows * columns + 2 * (rows + columns))
        let laneShare = min(1, Double(turns * itemCount) / 128)
        let arithmetic = Double(multiplyAdds) / (128 * tileShare * laneShare)
        // Groups that run side by side on a unit wait for memory together, and each for itself
        // once per slice.
        let turnsInSequence = (turns - 1) / max(1, 512 / itemCount) + 1
        let latency = 300 * Double(turnsInSequence * slices)
        // The second launch, and its way through memory.
        let results = product.batchCount * product.m * product.n
        let addition =
            parts == 1 ? 0 : 3000 + Double(8 * parts * results) / Double(16 * device.computeUnits)
        return max(arithmetic, latency) + addition
    }
}
