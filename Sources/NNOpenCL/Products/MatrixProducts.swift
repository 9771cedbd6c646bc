import NNGraph

/// A kernel of our own for a product, with its division of the work.
protocol ProductKernel {
    /// The parts in which the sums of a product are computed; a second launch adds them up.
    func partCount(of product: MatrixProduct) -> Int

    /// Whether the kernel can also compute the sums of A's rows: those of the columns of what is transposed.
    func sumsRows(of product: MatrixProduct) -> Bool

    /// Whether the kernel can also compute the loss of each row of the result.
    func takesLosses(of product: MatrixProduct) -> Bool

    /// The call that computes a product and what an epilogue makes of it.
    ///
    /// With several parts, the results of each follow those of the one before.
    func call(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, label: String,
        with kernels: KernelLibrary
    ) -> KernelCall
}

extension ProductKernel {
    func partCount(of product: MatrixProduct) -> Int { 1 }

    func sumsRows(of product: MatrixProduct) -> Bool { false }

    func takesLosses(of product: MatrixProduct) -> Bool { false }
}

/// What computes a product.
enum ProductMethod {
    /// A kernel of our own, which computes the epilogue as well.
    case kernel(any ProductKernel)
    /// CLBlast, given the operands as it describes them.
    case clBlast(BLASMatrix, BLASMatrix)

    /// Whether the epilogue may ask for the losses of narrow rows.
    fileprivate func takesLosses(of product: MatrixProduct) -> Bool {
        if case .kernel(let kernel) = self { kernel.takesLosses(of: product) } else { false }
    }
}

/// What is known of the products of a device beyond the rules, such as measurements.
protocol ProductAdvice: Sendable {
    /// What computes products of a shape; nil for what the rules say.
    func choice(for shape: ProductShape) -> ProductChoice?

    /// What CLBlast is given on the device.
    var clBlastParameters: CLBlastParameters { get }
}

/// The matrix products of one compiled graph: what computes each of them.
final class MatrixProducts {
    /// The products that have been asked about, can be described and have a choice, in order.
    private(set) var shapes: [ProductShape] = []

    private let context: Context
    private let kernels: KernelLibrary
    private let preferred: ProductChoice?
    private let advice: (any ProductAdvice)?
    private let workspace = Workspace()

    /// The preferred choice is taken for every product that it suits, then what is advised for products
    /// of its shape, then what the rules say.
    init(
        _ context: Context, _ kernels: KernelLibrary, preferring preferred: ProductChoice? = nil,
        advice: (any ProductAdvice)? = nil
    ) {
        self.context = context
        self.kernels = kernels
        self.preferred = preferred
        self.advice = advice
    }

    /// What computes a product whose epilogue reads and writes so many tensors of its shape, and
    /// maybe the losses of its rows.
    func method(
        for product: MatrixProduct, reads: Int, writes: Int, withLosses: Bool
    ) -> ProductMethod {
        let rule = ProductChoice.rule(for: product, with: kernels)
        guard let byRule = rule.method(for: product) else {
            preconditionFailure("the rules chose a kernel that does not suit the operands")
        }
        // Tuning measures a product without its loss, so it would undervalue kernels that fuse the loss:
        // for these the rules decide.
        let shape =
            withLosses && byRule.takesLosses(of: product)
            ? nil : ProductShape(product, reads: reads, writes: writes)
        if let shape { shapes.append(shape) }
        let advised = shape.flatMap { advice?.choice(for: $0) }
        for choice in [preferred, advised].compactMap(\.self)
        where choice.fits(product, with: kernels) {
            if let method = choice.method(for: product) { return method }
        }
        return byRule
    }

    /// The command by which CLBlast computes a product.
    func command(of product: BLASProduct) throws -> any Command {
        let parameters = advice?.clBlastParameters ?? CLBlastParameters(for: context.device)
        try parameters.apply(to: context.device)
        let command = try CLBlastProduct(product, workspace, device: context.device)
        let byteCount = try command.workspaceBytes(context.queue)
        if byteCount > workspace.buffer?.byteCount ?? 0 {
            workspace.buffer = try context.pool.allocate(byteCount: byteCount)
        }
        return command
    }
}
