import Testing

@testable import NNOpenCL

@Suite struct PanelTileTests {
    /// Intel's CPU driver has 256 KiB, PoCL a whole second-level cache, some GPUs 32 KiB.
    @Test(arguments: [4 << 10, 32 << 10, 256 << 10, 1 << 20])
    func panelsShrinkToTheLocalMemory(byteCount: Int) {
        let shapes = [
            ProductShape.shape(1024, 1024, 1024, "NN"), .shape(2048, 2048, 2048, "NN"),
            .shape(512, 784, 2048, "TN"), .shape(3000, 40, 100_000, "NT"),
            .shape(5, 64, 5000, "NN"),
        ]
        for shape in shapes {
            for vectorWidth in [1, 4, 8, 16] {
                let product = shape.product
                var tile = PanelTile(for: product, vectorWidth: vectorWidth, computeUnits: 2)
                tile.shrink(toFit: byteCount, for: product, vectorWidth: vectorWidth)
                #expect(
                    tile.localMemoryBytes(for: product, vectorWidth: vectorWidth) <= byteCount,
                    "\(shape) with vectors of \(vectorWidth)")
                #expect(tile.depth >= 1 && tile.strips >= 1)
                #expect(tile.blockRows >= tile.rows && tile.blockRows % tile.rows == 0)
            }
        }
    }

    @Test func panelsThatFitStayAsTheyAre() {
        let product = ProductShape.shape(128, 512, 784, "NT").product
        let tile = PanelTile(for: product, vectorWidth: 16, computeUnits: 2)
        var same = tile
        same.shrink(toFit: 1 << 20, for: product, vectorWidth: 16)
        #expect(same.strips == tile.strips && same.blockRows == tile.blockRows)
    }
}
