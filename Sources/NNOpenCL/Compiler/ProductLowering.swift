import NNGraph

extension Lowering {
    /// Lowers a matrix product and the elementwise operations that come with it.
    func lowerProduct(
        _ node: Tensor, with others: [Tensor], writing outputs: [Tensor]
    ) throws {
        guard case .matmul(let transposeA, let transposeB) = node.operation else { return }
        let product = try MatrixProduct(
            a: operand(node.operands[0], transposed: transposeA),
            b: operand(node.operands[1], transposed: transposeB),
            batchCount: node.shape.dimensions.dropLast(2).reduce(1, *))
        let operands = [product.a.view, product.b.view]
        let read = Set(others.flatMap(\.operands)).subtracting(others + [node])
        let reads = read.count { $0.shape == node.shape && !$0.operation.isRepeated }
        let method = products.method(for: product, reads: reads, writes: outputs.count)
        switch method {
        case .kernel(let kernel):
            var epilogue = ElementwiseKernel(epilogueOf: node)
            try add(others, writing: outputs, to: &epilogue)
            let label = ([product.label] + others.map(\.operation.name)).joined(separator: "·")
            let parts = kernel.partCount(of: product)
            guard parts > 1 else {
                append(reading: operands, elementwise: epilogue.reads, writing: epilogue.writes) {
                    [kernels, epilogue] in
                    try kernel.launch(product, epilogue, label: label, with: kernels)
                }
                return
            }
            let sums = ProductParts(of: product, count: parts)
            append(reading: operands, writing: [sums.view]) { [kernels] in
                try kernel.launch(
                    product, ElementwiseKernel(storing: sums.view),
                    label: "\(product.label) in \(parts) parts", with: kernels)
            }
            append(reading: [sums.view], elementwise: epilogue.reads, writing: epilogue.writes) {
                [kernels, epilogue] in
                try sums.launch(epilogue, label: "sum of parts of \(label)", with: kernels)
            }
        case .clBlast(let a, let b):
            let result = destination(of: node)
            append(reading: operands, writing: [result]) { [products] in
                try products.clBlast(product, a, b, into: result)
            }
            if !others.isEmpty {
                try lowerElementwise(others, writing: outputs.filter { $0 != node })
            }
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
