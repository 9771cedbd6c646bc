import NNCompiler
import NNGraph

/// A product of windows of 3 × 3 places with weights, as `Kernels/winograd.cl` computes it: for CPU devices.
///
/// It takes 16 multiplications for four results of a channel where the product itself takes 36. Its sums are a ninth as
/// long, and what is added up are sums of at most four places times sums of at most nine weights: so for places and
/// weights of one size its error is bounded like that of the product itself from some 32 channels on (Decisions).
struct WinogradProduct {
    private let squares: WindowSquares
    /// The first of nine weights in memory, and where the others are.
    private let weights: View
    private let weightStrides: (down: Int, across: Int, channel: Int, column: Int)
    private let columns: Int
    private let panels: WinogradPanels
    private let tileRows: Int
    private let chunk: Int

    /// The fewest rows that are worth the sums of weights.
    private static let fewestRows = 512
    /// The fewest channels and columns whose sums pay for those of places and results, and keep the error in bounds.
    static let fewestChannels = 16

    /// Describes a product if it is of this kind and large enough, and the kernels compute it; nil for any other.
    init?(_ product: MatrixProduct, with kernels: KernelLibrary) {
        let (a, b, width) = (product.a, product.b, kernels.vectorWidth)
        guard kernels.form == .serial, width > 1, product.batchCount == 1,
            product.m >= Self.fewestRows, product.n >= Self.fewestChannels,
            product.n.isMultiple(of: width),
            let squares = WindowSquares(a.rowAxes, a.columnAxes, of: a.view),
            squares.channels >= Self.fewestChannels, squares.channels.isMultiple(of: width),
            let strides = b.rowAxes.strides(dividingInto: [3, 3, squares.channels]),
            let column = b.columnAxes.stride, strides[2] >= 0
        else { return nil }
        self.squares = squares
        columns = product.n
        var (weights, sides) = (b.view, strides)
        for side in 0..<2 where squares.areBackwards[side] {
            weights.offset += 2 * sides[side]
            sides[side] = -sides[side]
        }
        self.weights = weights
        weightStrides = (sides[0], sides[1], sides[2], column)
        panels = WinogradPanels(of: columns, vectorWidth: width)
        // Sums, a row of weights and a place fill 32 registers or 16.
        tileRows = (width < 16 ? 12 : 24) / panels.vectors
        guard
            let chunk = panels.chunk(
                channels: squares.channels, multiple: tileRows, on: kernels.device)
        else { return nil }
        self.chunk = chunk
    }

    /// What it computes, for listings.
    var label: String {
        "winograd \(squares.images.count)×\(squares.down.count)×\(squares.across.count)×\(columns) of \(squares.channels)"
    }

    /// The calls that compute it, one after the other.
    ///
    /// - Parameters:
    ///   - epilogue: What is made of each element.
    ///   - label: What the product and its epilogue are called.
    ///   - kernels: The kernels, in the form for CPUs.
    /// - Returns: The call that sums weights up, what it leaves to the product's, and that.
    func calls(
        _ epilogue: ElementwiseBody, label: String, with kernels: KernelLibrary
    ) -> (weights: KernelCall, sums: View, product: KernelCall) {
        let (channels, panel) = (squares.channels, panels.columns)
        // A line more than there are, so that those of a channel do not compete for the same places in a cache.
        let position = channels * panel + 16
        let sumCount = panels.count * 16 * position
        let sums = View(Storage(.float, count: sumCount), [sumCount])
        let weightsCall = kernels.call(
            "winograd_weights", of: .winogradWeights, units: channels, label: "winograd weights",
            cost: Launch.Cost(
                bytes: 4 * 9 * channels * columns + sums.byteCount, flops: 28 * channels * columns),
            arguments: .view(weights) + .view(sums)
                + [.int32(Int32(weightStrides.down)), .int32(Int32(weightStrides.across))]
                + .counts([
                    weightStrides.channel, weightStrides.column, channels, columns, panel, position,
                ]))

        let parts = max(1, 8 * kernels.device.computeUnits / panels.count)
        let block = ((squares.count - 1) / parts / chunk + 1) * chunk
        // Of each square: 16 multiplications and additions, 32 additions before and 24 after them.
        let flops = 32 * channels * columns + 32 * channels * panels.count + 24 * columns
        let productCall = KernelCall(
            name: "winograd", file: .winograd, definitions: kernels.definitions(of: [epilogue]),
            options: "-DTILE_ROWS=\(tileRows) -DTILE_VECTORS=\(panels.vectors)"
                + " -DLONGEST_PANEL=\(WinogradPanels.longest)",
            global: [panels.count, (squares.count - 1) / block + 1, 1], local: [1, 1, 1],
            label: label,
            cost: Launch.Cost(
                bytes: squares.places.touchedByteCount + sums.byteCount + epilogue.byteCount,
                flops: squares.count * flops + epilogue.flops),
            arguments: epilogue.arguments + .view(squares.places) + .view(sums)
                + .counts(squares.strides + squares.extents + [panel, position, block, chunk])
                + [channels, panel].map { .localMemory(byteCount: 4 * 16 * chunk * $0) })
        return (weightsCall, sums, productCall)
    }
}
