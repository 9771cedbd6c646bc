import NNGraph

extension Lowering {
    /// Lowers a sum or maximum and the elementwise operations that come with it.
    func lowerReduction(
        _ node: Tensor, with others: [Tensor], writing outputs: [Tensor]
    ) throws {
        guard case .reduce(let reduction, let axes) = node.operation else { return }
        let x = try reducible(node.operands[0], axes)
        guard x.shape[2] > 1 else {
            reduceRows(reduction, x, to: destination(of: node))
            if !others.isEmpty {
                try lowerElementwise(others, writing: outputs.filter { $0 != node })
            }
            return
        }
        var epilogue: ElementwiseKernel
        if node.reducesColumns {
            epilogue = ElementwiseKernel(epilogueOf: node)
            try add(others, writing: outputs, to: &epilogue)
        } else {
            let result = destination(of: node)
            epilogue = ElementwiseKernel(
                storing: View(
                    result.storage, offset: result.offset, [x.shape[0], x.shape[2]]))
        }
        let label = (["\(reduction.rawValue)_columns"] + others.map(\.operation.name))
            .joined(separator: "·")
        reduceColumns(reduction, x, epilogue, label: label)
    }

    /// The operand with the reduced axes in one block, as [outer, length, inner].
    private func reducible(_ operand: Tensor, _ axes: [Int]) throws -> View {
        let shape = operand.shape
        let view = try view(of: operand)
        if axes == [0], shape.rank == 2, view.strides[1] == 1, view.strides[0] >= shape[1] {
            var columns = view
            columns.shape = [1, shape[0], shape[1]]
            columns.strides.insert(shape[0] * view.strides[0], at: 0)
            return columns
        }
        let first = axes.min() ?? 0
        let length = axes.map { shape[$0] }.reduce(1, *)
        if view.isContiguous, axes.sorted() == Array(first..<first + axes.count) {
            let outer = shape.dimensions.prefix(first).reduce(1, *)
            return View(
                view.storage, offset: view.offset,
                [outer, length, shape.count / outer / length])
        }
        let kept = shape.dimensions.indices.filter { !axes.contains($0) }
        let moved = try contiguous(view.transposed(kept + axes.sorted()))
        return View(moved.storage, offset: moved.offset, [shape.count / length, length, 1])
    }

    /// The rows of each pass but the last, and how often they go into `length`; nil where a second
    /// pass would cost more than the idle part of the device is worth.
    private func chunks(of length: Int, units: Int, columns: Int) -> (length: Int, count: Int)? {
        let shares = min(
            kernels.desiredParallelism / units, length * columns / kernels.shortestShare)
        guard shares > 1 else { return nil }
        let chunk = (length - 1) / shares + 1
        return (chunk, (length - 1) / chunk + 1)
    }

    // MARK: - Rows

    private func reduceRows(_ reduction: Operation.Reduction, _ x: View, to result: View) {
        let (rows, length) = (x.shape[0], x.shape[1])
        func append(_ x: View, to result: View) {
            self.append(
                "\(reduction.rawValue)_rows", of: .reduce, units: rows, reading: [x],
                writing: [result], sizes: [rows, x.shape[1]])
        }
        guard let chunk = chunks(of: length, units: rows, columns: 1) else {
            return append(x, to: result)
        }
        let partial = View(Storage(.float, count: rows * chunk.count), [rows, chunk.count])
        self.append(
            "\(reduction.rawValue)_chunks", of: .reduce, units: rows * chunk.count, reading: [x],
            writing: [partial], sizes: [rows, length, chunk.length])
        append(partial, to: result)
    }

    // MARK: - Columns

    private func reduceColumns(
        _ reduction: Operation.Reduction, _ x: View, _ epilogue: ElementwiseKernel, label: String
    ) {
        let (outer, length, inner) = (x.shape[0], x.shape[1], x.shape[2])
        let panels = (inner - 1) / kernels.panelColumns + 1
        func append(_ x: View, chunk: Int, _ epilogue: ElementwiseKernel, label: String) {
            let (rows, length) = (outer * ((x.shape[1] - 1) / chunk + 1), x.shape[1])
            let touched = x.shape.count + rows * inner * epilogue.accessCount
            let options = reduction == .max ? "-DREDUCE_MAX" : ""
            let sizes = [length, x.strides[1], chunk]
            self.append(
                reading: [x], elementwise: epilogue.reads, writing: epilogue.writes
            ) { [kernels] in
                try kernels.launch(
                    "reduce_columns",
                    of: kernels.program(.reduceColumns, epilogue: epilogue, options: options),
                    units: rows * panels, label: label,
                    cost: Launch.Cost(
                        bytes: 4 * touched, flops: rows * inner * epilogue.operationCount),
                    arguments: epilogue.arguments + [x.buffer, UInt32(x.offset)]
                        + sizes.map { UInt32($0) })
            }
        }
        guard
            let chunk = chunks(
                of: length, units: outer * panels, columns: min(inner, kernels.panelColumns))
        else { return append(x, chunk: length, epilogue, label: label) }
        let partial = Storage(.float, count: outer * chunk.count * inner)
        append(
            x, chunk: chunk.length,
            ElementwiseKernel(storing: View(partial, [outer * chunk.count, inner])),
            label: "\(reduction.rawValue)_columns in \(chunk.count) parts")
        append(
            View(partial, [outer, chunk.count, inner]), chunk: chunk.count, epilogue, label: label)
    }
}

extension Tensor {
    /// Whether each column of a matrix, or of each in a batch, is reduced to one number.
    var reducesColumns: Bool {
        guard case .reduce(_, let axes) = operation, let first = axes.min() else { return false }
        let rank = operands[0].shape.rank
        return axes.sorted() == Array(first..<rank - 1) && operands[0].shape[rank - 1] > 1
    }
}
