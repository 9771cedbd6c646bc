/// What a kernel makes of a product while it is in registers or in the nearest cache.
struct ProductEpilogue {
    /// What becomes of each element, in the shape of the product.
    var elements: ElementwiseKernel
    /// What becomes of the sums of A's rows, in the shape of a column; nil if nobody asks for them.
    var rowSums: ElementwiseKernel?
    /// What becomes of whole rows as logits; nil if they are none.
    var loss: LossEpilogue?

    /// What the names of the second part begin with.
    static let rowSumsPrefix = "sums_"

    init(_ elements: ElementwiseKernel, rowSums: ElementwiseKernel? = nil) {
        self.elements = elements
        self.rowSums = rowSums
    }

    /// The parts that there are, in the order of their parameters.
    var parts: [ElementwiseKernel] { [elements] + [rowSums, loss?.results].compactMap(\.self) }

    private var ofElements: [ElementwiseKernel] { [elements] + [rowSums].compactMap(\.self) }

    /// What it reads besides the product, each element just before the same one is written.
    var elementwiseReads: [View] { ofElements.flatMap(\.reads) }

    /// What it reads otherwise.
    var reads: [View] { loss?.reads ?? [] }

    /// What it writes.
    var writes: [View] { ofElements.flatMap(\.writes) + (loss?.writes ?? []) }

    /// The arguments in the order of the parameters; buffers must be known by now.
    var arguments: [any KernelArgument] {
        ofElements.flatMap(\.arguments) + (loss?.arguments ?? [])
    }
}

extension MatrixProduct {
    /// What the product and its epilogue move and compute.
    func cost(with epilogue: ProductEpilogue) -> Launch.Cost {
        var cost = Launch.Cost(bytes: operandBytes, flops: flops)
        if epilogue.rowSums != nil { cost.flops += m * k }
        if let loss = epilogue.loss {
            // A maximum, a difference, an exponential and a sum; a factor where there is a gradient.
            cost.flops += m * n * (loss.gradient == nil ? 4 : 5)
            cost.bytes += 4 * (m + (loss.gradient == nil ? 0 : m * n))
        }
        for part in epilogue.parts {
            let (rows, columns) = part.range
            cost.bytes += 4 * rows * columns * part.accessCount
            cost.flops += rows * columns * part.operationCount
        }
        return cost
    }
}
