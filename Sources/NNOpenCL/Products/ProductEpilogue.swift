import NNCompiler

/// The epilogue of a product: what its kernel computes of the result while that is in registers or in
/// the nearest cache.
struct ProductEpilogue {
    /// The epilogue of each element, in the shape of the product.
    var elements: ElementwiseBody
    /// The epilogue of the sums of A's rows, in the shape of a column; nil if the sums are not computed.
    var rowSums: ElementwiseBody?
    /// The loss of each row of the result as logits; nil if it is not computed.
    var loss: LossEpilogue?

    /// The prefix of the identifiers that the row-sum epilogue declares in OpenCL C.
    static let rowSumsPrefix = "sums_"

    init(_ elements: ElementwiseBody, rowSums: ElementwiseBody? = nil) {
        self.elements = elements
        self.rowSums = rowSums
    }

    /// The parts that there are, in the order of their parameters.
    var parts: [ElementwiseBody] { [elements] + [rowSums, loss?.results].compactMap(\.self) }

    /// The parts that go element by element.
    var elementLoops: [ElementwiseBody] { [elements] + [rowSums].compactMap(\.self) }

    /// What it reads in another order than it writes.
    var otherReads: [View] { loss?.reads ?? [] }

    /// What it writes row by row.
    var rowWrites: [View] { loss?.writes ?? [] }

    /// The arguments in the order of the parameters.
    var arguments: [KernelCall.Argument] {
        elementLoops.flatMap(\.arguments) + (loss?.arguments ?? [])
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
            cost.bytes += loss.labels.byteCount + (loss.gradient?.result.byteCount ?? 0)
        }
        for part in epilogue.parts {
            cost.bytes += part.byteCount
            cost.flops += part.flops
        }
        return cost
    }
}
