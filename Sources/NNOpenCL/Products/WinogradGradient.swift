import NNCompiler
import NNGraph

/// The gradient of the weights of windows of 3 × 3 places, as `Kernels/winograd_gradient.cl` computes it: for CPU devices,
/// with the multiplications of ``WinogradProduct``.
struct WinogradGradient {
    private let squares: WindowSquares
    /// The gradients of the results, whose columns lie side by side.
    private let gradients: View
    /// The gradients of the weights.
    let result: View
    private let gradientStrides: [Int]
    private let resultStrides: [Int]
    private let columns: Int
    private let panels: WinogradPanels
    private let chunk: Int

    /// The fewest squares that are worth adding up the sums of all blocks.
    private static let fewestSquares = 256
    /// The most sums of all blocks, in floats.
    private static let mostSums = 1 << 22

    /// Describes a product of gradients [columns, places] with windows [places, 3 × 3 × channels] if it is large enough
    /// and the kernels compute it; nil for any other.
    ///
    /// - Parameters:
    ///   - product: The product.
    ///   - kernels: The kernels.
    ///   - result: Where the result belongs, which is asked for once all else suits.
    init?(
        _ product: MatrixProduct, with kernels: KernelLibrary,
        writing result: () -> MatrixOperand?
    ) {
        let (a, b, width) = (product.a, product.b, kernels.vectorWidth)
        guard kernels.form == .serial, width > 1, product.isBetterTransposed,
            product.m >= WinogradProduct.fewestChannels, product.m.isMultiple(of: width),
            let squares = WindowSquares(b.rowAxes, b.columnAxes, of: b.view),
            squares.areBackwards == [false, false], squares.count >= Self.fewestSquares,
            squares.channels >= WinogradProduct.fewestChannels,
            squares.channels.isMultiple(of: width),
            let gradientStrides = a.columnAxes.strides(
                dividingInto: [squares.images.count, squares.down.count, squares.across.count]),
            gradientStrides.allSatisfy({ $0 >= 0 }), let result = result(),
            let column = result.rowAxes.stride,
            let resultStrides = result.columnAxes.strides(dividingInto: [3, 3, squares.channels]),
            resultStrides.allSatisfy({ $0 >= 0 })
        else { return nil }
        self.squares = squares
        gradients = a.view
        self.gradientStrides = gradientStrides
        self.result = result.view
        self.resultStrides = resultStrides + [column]
        columns = product.m
        panels = WinogradPanels(of: columns, vectorWidth: width)
        guard
            let chunk = panels.chunk(channels: squares.channels, multiple: 6, on: kernels.device)
        else { return nil }
        self.chunk = chunk
    }

    /// What it computes, for listings.
    var label: String {
        "winograd gradient 3×3×\(squares.channels)×\(columns) of \(squares.images.count)×\(squares.down.count)×\(squares.across.count)"
    }

    /// The call that multiplies, what it leaves to the one that adds up, and that: one after the other.
    func calls(
        with kernels: KernelLibrary
    ) -> (product: KernelCall, sums: View, result: KernelCall) {
        let (channels, panel) = (squares.channels, panels.columns)
        let sumsPerBlock = 16 * channels * columns
        let parts = max(
            1,
            min(8 * kernels.device.computeUnits / panels.count, Self.mostSums / sumsPerBlock))
        let block = ((squares.count - 1) / parts / chunk + 1) * chunk
        let blocks = (squares.count - 1) / block + 1
        let sums = View(Storage(.float, count: blocks * sumsPerBlock), [blocks, sumsPerBlock])
        let sizes =
            squares.strides + gradientStrides + squares.extents + [panel, block, chunk]
        // Of each square: 16 multiplications and additions, 32 additions for places and 16 for gradients before them.
        let flops =
            32 * channels * columns + 32 * channels * panels.count + 16 * columns
        let rows = (kernels.vectorWidth < 16 ? 8 : 16) / panels.vectors
        let productCall = KernelCall(
            name: "winograd_gradient", file: .winogradGradient,
            options: "-DTILE_ROWS=\(rows) -DTILE_VECTORS=\(panels.vectors)",
            global: [panels.count, blocks, 1], local: [1, 1, 1], label: label,
            cost: Launch.Cost(
                bytes: squares.places.touchedByteCount + gradients.byteCount + sums.byteCount,
                flops: squares.count * flops),
            arguments: .view(squares.places) + .view(gradients) + .view(sums) + .counts(sizes)
                + [channels, panel].map { .localMemory(byteCount: 4 * 16 * chunk * $0) })
        let resultCall = kernels.call(
            "winograd_sums", of: .winogradSums, units: channels, label: "sum of \(label)",
            cost: Launch.Cost(
                bytes: sums.byteCount + result.byteCount,
                flops: blocks * sumsPerBlock + 40 * channels * columns),
            arguments: .view(sums) + .view(result)
                + .counts([blocks, channels, columns, panel] + resultStrides))
        return (productCall, sums, resultCall)
    }
}
