import NNCompiler
import NNGraph

extension Lowering {
    /// Lowers a matrix product and what comes with it.
    func lowerProduct(_ group: KernelGroup, in program: Program) throws {
        guard let node = group.source,
            case .matmul(let transposeA, let transposeB, let axes) = node.operation
        else { return }
        var outputs = group.mainOutputs
        // What is made of whole rows reads them from memory.
        if let logits = group.loss?.value?.operands[0], !outputs.contains(logits) {
            outputs.append(logits)
        }
        if group.loss == nil, lowerWinograd(group, node, writing: outputs, in: program) { return }
        let product = MatrixProduct(
            a: program.operand(
                node.operands[0], rows: axes.rows, columns: axes.inner, transposed: transposeA,
                gathering: gathers),
            b: program.operand(
                node.operands[1], rows: axes.inner, columns: axes.columns, transposed: transposeB,
                // Every block of rows gathers all of B anew: a weight is worth a copy, windows are not.
                gathering: gathers, copyingIf: { $0.byteCount <= $0.byteRange.count }))
        var columnSums = group.columnSums, isLossOpen = group.loss != nil
        defer {
            if let columnSums {
                lowerReduction(
                    columnSums.sums, columnSums.epilogue,
                    writing: group.outputs(of: columnSums.sums, columnSums.epilogue), in: program)
            }
            if isLossOpen { lowerCrossEntropy(group, in: program) }
        }
        if product.isBetterTransposed, !isLossOpen {
            return appendTransposed(
                product, program.epilogue(of: node, group.epilogue, writing: outputs),
                label: group.epilogue.label(after: product.label), to: program)
        }
        let read = Set(group.epilogue.flatMap(\.operands)).subtracting(group.epilogue + [node])
        let reads = read.count { $0.shape == node.shape && !$0.operation.isRepeated }
        let method = products.method(
            for: product, reads: reads, writes: outputs.count, withLosses: group.loss != nil)
        switch method {
        case .kernel(let kernel):
            var epilogue = ProductEpilogue(
                program.epilogue(of: node, group.epilogue, writing: outputs))
            var label = group.epilogue.label(after: product.label)
            if let sums = columnSums, kernel.sumsRows(of: product) {
                epilogue.rowSums = program.epilogue(
                    of: sums.sums, sums.epilogue,
                    writing: group.outputs(of: sums.sums, sums.epilogue),
                    prefix: ProductEpilogue.rowSumsPrefix)
                label += " + \(sums.epilogue.label(after: "sum_columns"))"
                columnSums = nil
            }
            if let loss = group.loss, let value = loss.value, kernel.takesLosses(of: product) {
                epilogue.loss = program.lossEpilogue(of: value, loss, in: group)
                label += " + \(loss.label)"
                isLossOpen = false
            }
            append(product, epilogue, by: kernel, label: label, to: program)
        case .clBlast(let a, let b):
            let place = program.destination(of: node)
            let result =
                place.isContiguous
                ? place : View(Storage(.float, count: node.shape.count), node.shape)
            program.append(
                product.label, .clBlast(BLASProduct(product: product, a: a, b: b, result: result)),
                reading: [product.a.view, product.b.view],
                loops: [.init(reads: [], writes: [result])])
            if !place.isContiguous { program.copy(result, to: place) }
            if !group.epilogue.isEmpty {
                lowerElementwise(
                    group.epilogue, writing: outputs.filter { $0 != node }, in: program)
            }
        }
    }

    private func append(
        _ product: MatrixProduct, _ epilogue: ProductEpilogue, by kernel: any ProductKernel,
        label: String, to program: Program
    ) {
        let operands = [product.a.view, product.b.view]
        let parts = kernel.partCount(of: product)
        defer {
            for (source, place) in epilogue.elements.copiesAfter { program.copy(source, to: place) }
        }
        guard parts > 1 else {
            program.append(
                kernel.call(product, epilogue, label: label, with: kernels),
                reading: operands + epilogue.otherReads,
                loops: epilogue.elementLoops.map(\.loop)
                    + [.init(reads: [], writes: epilogue.rowWrites)])
            return
        }
        if kernels.form == .serial {
            return appendParts(parts, of: product, epilogue, by: kernel, label: label, to: program)
        }
        let sums = ProductParts(of: product, count: parts)
        program.append(
            kernel.call(
                product, ProductEpilogue(ElementwiseBody(storing: sums.view)),
                label: "\(product.label) in \(parts) parts", with: kernels),
            reading: operands, loops: [.init(reads: [], writes: [sums.view])])
        program.append(
            sums.call(epilogue.elements, label: "sum of parts of \(label)", with: kernels),
            reading: [sums.view], loops: [epilogue.elements.loop])
    }
}

extension Lowering {
    /// Appends a product of one matrix whose sums are computed in parts, and what adds these up.
    ///
    /// Parts of a row of the result lie below each other. With `isTransposed`, its columns are the rows of the product.
    private func appendParts(
        _ count: Int, of product: MatrixProduct, isTransposed: Bool = false,
        _ epilogue: ProductEpilogue, by kernel: any ProductKernel, label: String,
        to program: Program
    ) {
        let (rows, columns) = isTransposed ? (product.n, product.m) : (product.m, product.n)
        let storage = Storage(.float, count: count * rows * columns)
        var written = View(storage, [count, product.m, product.n])
        written.strides = [columns] + (isTransposed ? [1, count * columns] : [count * columns, 1])
        program.append(
            kernel.call(
                product, ProductEpilogue(ElementwiseBody(storing: written)),
                label: "\(product.label) in \(count) parts", with: kernels),
            reading: [product.a.view, product.b.view], loops: [.init(reads: [], writes: [written])])
        reduceColumns(
            .sum, View(storage, [1, rows, count, columns]), epilogue.elements,
            label: "sum of parts of \(label)", in: program)
    }

    /// Appends the product of the transposed operands, whose result is written transposed.
    private func appendTransposed(
        _ product: MatrixProduct, _ epilogue: ElementwiseBody, label: String, to program: Program
    ) {
        let product = product.transposed
        let tile = PanelTile(for: product, with: kernels)
        appendParts(
            tile.partCount(of: product), of: product, isTransposed: true,
            ProductEpilogue(epilogue), by: tile, label: label, to: program)
        for (source, place) in epilogue.copiesAfter { program.copy(source, to: place) }
    }
}

extension ProgramBuilder<Lowering> {
    /// The operand as kernels take it, copied only if no one stride steps through each of its sides and kernels do not
    /// gather, or through more axes than they do.
    func operand(
        _ tensor: Tensor, rows: Int, columns: Int, transposed: Bool, gathering gathers: Bool,
        copyingIf isCopied: (View) -> Bool = { _ in false }
    ) -> MatrixOperand {
        func operand(_ view: View) -> MatrixOperand? {
            MatrixOperand(view, rows: rows, columns: columns, transposed: transposed)
        }
        let view = view(of: tensor)
        if let direct = operand(view), gathers && !isCopied(view) || direct.isPlain {
            return direct
        }
        let copy = View(Storage(view.storage.elementType, count: tensor.shape.count), tensor.shape)
        self.copy(view, to: copy)
        guard let operand = operand(copy) else {
            preconditionFailure("each side of a contiguous tensor has one stride")
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
