import NNGraph

extension Lowering {
    /// Lowers a matrix product and what comes with it.
    func lowerProduct(_ group: Group) throws {
        guard let node = group.source,
            case .matmul(let transposeA, let transposeB) = node.operation
        else { return }
        var (others, outputs) = group.epilogue(of: node)
        // What is made of whole rows reads them from memory.
        if let logits = group.loss?.operands[0], !outputs.contains(logits) {
            outputs.append(logits)
        }
        let product = try MatrixProduct(
            a: operand(node.operands[0], transposed: transposeA),
            b: operand(node.operands[1], transposed: transposeB),
            batchCount: node.shape.dimensions.dropLast(2).reduce(1, *))
        let read = Set(others.flatMap(\.operands)).subtracting(others + [node])
        let reads = read.count { $0.shape == node.shape && !$0.operation.isRepeated }
        var columnSums = group.columnSums, loss = group.loss
        let method = products.method(
            for: product, reads: reads, writes: outputs.count, withLosses: loss != nil)
        switch method {
        case .kernel(let kernel):
            var epilogue = ProductEpilogue(
                try self.epilogue(of: node, others, writing: outputs))
            var label = others.label(after: product.label)
            if let sums = columnSums, kernel.sumsRows(of: product) {
                let (others, outputs) = group.epilogue(of: sums)
                epilogue.rowSums = try self.epilogue(
                    of: sums, others, writing: outputs, prefix: ProductEpilogue.rowSumsPrefix)
                label += " + \(others.label(after: "sum_columns"))"
                columnSums = nil
            }
            if let ofRows = loss, kernel.takesLosses(of: product) {
                epilogue.loss = try lossEpilogue(of: ofRows, in: group)
                label += " + \(group.lossLabel)"
                loss = nil
            }
            append(product, epilogue, by: kernel, label: label)
        case .clBlast(let a, let b):
            let result = destination(of: node)
            append(reading: [product.a.view, product.b.view], writing: [result]) { [products] in
                .command(try products.clBlast(product, a, b, into: result))
            }
            if !others.isEmpty {
                try lowerElementwise(others, writing: outputs.filter { $0 != node })
            }
        }
        if let columnSums { try lowerReduction(columnSums, of: group) }
        if loss != nil { try lowerLoss(of: group) }
    }

    private func append(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, by kernel: any ProductKernel,
        label: String
    ) {
        let operands = [product.a.view, product.b.view]
        let parts = kernel.partCount(of: product)
        guard parts > 1 else {
            append(
                reading: operands + epilogue.reads, elementwise: epilogue.elementwiseReads,
                writing: epilogue.writes
            ) { [kernels] in
                .call(kernel.call(product, epilogue, label: label, with: kernels))
            }
            return
        }
        let sums = ProductParts(of: product, count: parts)
        append(reading: operands, writing: [sums.view]) { [kernels] in
            .call(
                kernel.call(
                    product, ProductEpilogue(ElementwiseKernel(storing: sums.view)),
                    label: "\(product.label) in \(parts) parts", with: kernels))
        }
        append(
            reading: [sums.view], elementwise: epilogue.elementwiseReads, writing: epilogue.writes
        ) { [kernels] in
            .call(
                sums.call(epilogue.elements, label: "sum of parts of \(label)", with: kernels))
        }
    }

    /// The operand as kernels take it, copied only if no one stride steps through its batch.
    private func operand(_ tensor: Tensor, transposed: Bool) throws -> MatrixOperand {
        let view = try view(of: tensor)
        if let direct = MatrixOperand(view, transposed: transposed) { return direct }
        let copy = View(Storage(.float, count: tensor.shape.count), tensor.shape)
        self.copy(view, to: copy)
        guard let operand = MatrixOperand(copy, transposed: transposed) else {
            preconditionFailure("the batch of a contiguous tensor has one stride")
        }
        return operand
    }
}

extension Operation {
    /// Whether the value is a smaller one many times over, which costs an epilogue little.
    fileprivate var isRepeated: Bool {
        switch self {
        case .broadcast, .constant: true
        default: false
        }
    }
}
