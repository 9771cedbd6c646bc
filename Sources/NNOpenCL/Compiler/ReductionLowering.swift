import NNGraph

/// What the names of the input's part of a kernel begin with.
private let inputPrefix = "input_"

extension Lowering {
    /// Lowers a sum or maximum and the elementwise operations that follow it in a group.
    func lowerReduction(_ node: Tensor, of group: Group) throws {
        guard case .reduce(let reduction, let axes) = node.operation else { return }
        let (others, outputs) = group.epilogue(of: node)
        if node.reducesLastAxis {
            let operand = node.operands[0], members = group.input(of: node)
            var input = ElementwiseKernel(shape: operand.shape, prefix: inputPrefix)
            try add(members, writing: [], to: &input)
            input.give(try input.name(of: operand) ?? input.load(view(of: operand)))
            let epilogue = try self.epilogue(of: node, others, writing: outputs)
            return reduceRows(reduction, input, epilogue, after: members, before: others)
        }
        let x = try reducible(node.operands[0], axes)
        guard x.shape[2] > 1 else {
            let epilogue = try self.epilogue(of: node, others, writing: outputs)
            return reduceRows(reduction, rows(x), epilogue, before: others)
        }
        let name = "\(reduction.rawValue)_columns"
        if node.reducesColumns {
            return reduceColumns(
                reduction, x, try epilogue(of: node, others, writing: outputs),
                label: others.label(after: name))
        }
        let result = destination(of: node)
        let storing = ElementwiseKernel(
            storing: View(result.storage, offset: result.offset, [x.shape[0], x.shape[2]]))
        reduceColumns(reduction, x, storing, label: name)
        if !others.isEmpty {
            try lowerElementwise(others, writing: outputs.filter { $0 != node })
        }
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

    /// The rows of a matrix that lies one after the other, as what is reduced.
    private func rows(_ x: View) -> ElementwiseKernel {
        let matrix = View(x.storage, offset: x.offset, [x.shape[0], x.shape[1]])
        var input = ElementwiseKernel(shape: matrix.shape, prefix: inputPrefix)
        input.give(input.load(matrix))
        return input
    }

    private func reduceRows(
        _ reduction: Operation.Reduction, _ input: ElementwiseKernel,
        _ epilogue: ElementwiseKernel, after producers: [Tensor] = [], before others: [Tensor]
    ) {
        let (rows, length) = input.range
        let name = "\(reduction.rawValue)_rows"
        let first = producers.isEmpty ? name : "\(producers.label)·\(name)"
        func append(
            _ input: ElementwiseKernel, chunk: Int, _ epilogue: ElementwiseKernel, label: String
        ) {
            let length = input.range.columns, units = rows * ((length - 1) / chunk + 1)
            let options = reduction == .max ? "-DREDUCE_MAX" : ""
            self.append(
                reading: input.reads, elementwise: epilogue.reads, writing: epilogue.writes
            ) { [kernels] in
                .call(
                    kernels.call(
                        "reduce_rows", of: .reduceRows, bodies: [epilogue, input], options: options,
                        units: units, elements: rows * length, label: label,
                        cost: Launch.Cost(
                            bytes: 4
                                * (rows * length * input.accessCount + units * epilogue.accessCount),
                            flops: rows * length * (1 + input.operationCount)
                                + units * epilogue.operationCount),
                        arguments: epilogue.arguments + input.arguments + [UInt32(chunk)]))
            }
        }
        guard let chunk = chunks(of: length, units: rows, columns: 1) else {
            return append(input, chunk: length, epilogue, label: others.label(after: first))
        }
        let partial = View(Storage(.float, count: rows * chunk.count), [rows, chunk.count])
        append(
            input, chunk: chunk.length, ElementwiseKernel(storing: partial),
            label: "\(first) in \(chunk.count) parts")
        append(
            self.rows(partial), chunk: chunk.count, epilogue, label: others.label(after: name))
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
                .call(
                    kernels.call(
                        "reduce_columns", of: .reduceColumns, bodies: [epilogue], options: options,
                        units: rows * panels, elements: x.shape.count, label: label,
                        cost: Launch.Cost(
                            bytes: 4 * touched, flops: rows * inner * epilogue.operationCount),
                        arguments: epilogue.arguments + [x.buffer, UInt32(x.offset)]
                            + sizes.map { UInt32($0) }))
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
