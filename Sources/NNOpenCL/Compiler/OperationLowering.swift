import NNGraph

extension Lowering {
    /// Lowers an operation that has a kernel of its own.
    func lower(_ node: Tensor) throws {
        switch node.operation {
        case .concatenate(let axis): try lowerConcatenation(node, axis: axis)
        case .reduce(let reduction, let axes): try lowerReduction(node, reduction.rawValue, axes)
        case .argmax(let axis): try lowerArgmax(node, axis)
        case .gather: try lowerGather(node)
        case .scatterAdd(let count): try lowerScatter(node, count)
        case .softmax: try lowerRows(node, "softmax")
        case .logSoftmax: try lowerRows(node, "log_softmax")
        case .logSumExp: try lowerRows(node, "log_sum_exp")
        case .softmaxCrossEntropy: try lowerCrossEntropy(loss: node, gradient: nil)
        case .softmaxCrossEntropyGradient: try lowerCrossEntropy(loss: nil, gradient: node)
        // Leaves lie in their buffers, views in their operand's, and elementwise operations and
        // matrix products come in groups.
        default: break
        }
    }

    private func append(
        _ name: String, of file: KernelFile, units: Int, reading inputs: [View],
        writing outputs: [View],
        sizes: [Int]
    ) {
        append(reading: inputs, writing: outputs) { [kernels] in
            let arrays = (inputs + outputs).flatMap {
                [$0.buffer, UInt32($0.offset)] as [any KernelArgument]
            }
            let elements = (inputs + outputs).map(\.shape.count).reduce(0, +)
            return try kernels.launch(
                name, of: file, units: units, cost: Launch.Cost(bytes: 4 * elements),
                arguments: arrays + sizes.map { UInt32($0) })
        }
    }

    // MARK: - Reductions

    private func lowerReduction(_ node: Tensor, _ name: String, _ axes: [Int]) throws {
        let x = try reducible(node.operands[0], axes)
        try reduce(name, x, to: destination(of: node))
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

    /// Reduces the middle axis, in two passes where one would leave most of the device idle.
    private func reduce(_ name: String, _ x: View, to result: View) throws {
        let (outer, length, inner) = (x.shape[0], x.shape[1], x.shape[2])
        let panels = inner == 1 ? 1 : (inner - 1) / kernels.panelColumns + 1
        let wanted = kernels.desiredParallelism / (outer * panels)
        // A share must be long enough to pay for the second pass.
        let shares = min(wanted, length * min(inner, kernels.panelColumns) / 8192)
        guard shares > 1 else { return reduceOnce(name, x, chunk: length, to: result) }
        let chunk = (length - 1) / shares + 1
        let chunks = (length - 1) / chunk + 1
        let partial = View(Storage(.float, count: outer * chunks * inner), [outer, chunks, inner])
        reduceOnce(name, x, chunk: chunk, to: partial)
        reduceOnce(name, partial, chunk: chunks, to: result)
    }

    private func reduceOnce(_ name: String, _ x: View, chunk: Int, to result: View) {
        let (outer, length, inner) = (x.shape[0], x.shape[1], x.shape[2])
        let chunks = (length - 1) / chunk + 1
        if inner > 1 {
            let panels = (inner - 1) / kernels.panelColumns + 1
            append(
                "\(name)_columns", of: .reduce, units: outer * chunks * panels, reading: [x],
                writing: [result], sizes: [outer, length, inner, x.strides[1], chunk])
        } else if chunks > 1 {
            append(
                "\(name)_chunks", of: .reduce, units: outer * chunks, reading: [x],
                writing: [result], sizes: [outer, length, chunk])
        } else {
            append(
                "\(name)_rows", of: .reduce, units: outer, reading: [x], writing: [result],
                sizes: [outer, length])
        }
    }

    private func lowerArgmax(_ node: Tensor, _ axis: Int) throws {
        let shape = node.operands[0].shape
        let kept = shape.dimensions.indices.filter { $0 != axis }
        let rows = try contiguous(view(of: node.operands[0]).transposed(kept + [axis]))
        append(
            "argmax_rows", of: .reduce, units: node.shape.count, reading: [rows],
            writing: [destination(of: node)], sizes: [node.shape.count, shape[axis]])
    }

    // MARK: - Indexing

    private func lowerGather(_ node: Tensor) throws {
        let table = try contiguousView(of: node.operands[0])
        let indices = try contiguousView(of: node.operands[1])
        let (count, rows) = (table.shape[0], indices.shape.count)
        let width = table.shape.count / count
        append(
            "gather", of: .gather, units: kernels.units(rows: rows, width: width),
            reading: [table, indices], writing: [destination(of: node)],
            sizes: [rows, width, count])
    }

    private func lowerScatter(_ node: Tensor, _ count: Int) throws {
        let indices = try contiguousView(of: node.operands[0])
        let updates = try contiguousView(of: node.operands[1])
        let (rows, width) = (indices.shape.count, node.shape.count / count)
        // Every part walks all indices, so there are no more of them than keep the device busy.
        let parts = min(count, kernels.desiredParallelism)
        append(
            "scatter_add", of: .gather, units: kernels.units(rows: parts, width: width),
            reading: [indices, updates], writing: [destination(of: node)],
            sizes: [rows, width, count, parts])
    }

    // MARK: - Softmax family

    private func lowerRows(_ node: Tensor, _ name: String) throws {
        let x = try contiguousView(of: node.operands[0])
        let length = x.shape[x.shape.rank - 1]
        let rows = x.shape.count / length
        append(
            name, of: .softmax, units: rows, reading: [x], writing: [destination(of: node)],
            sizes: [rows, length])
    }

    /// Lowers a loss together with its gradient.
    func lowerCrossEntropy(_ pair: Group) throws {
        try lowerCrossEntropy(
            loss: pair.members.first { $0.operation == .softmaxCrossEntropy },
            gradient: pair.members.first { $0.operation == .softmaxCrossEntropyGradient })
    }

    private func lowerCrossEntropy(loss: Tensor?, gradient: Tensor?) throws {
        guard let node = gradient ?? loss else { return }
        let logits = try contiguousView(of: node.operands[0])
        let labels = try contiguousView(of: node.operands[1])
        let length = logits.shape[logits.shape.rank - 1]
        let rows = logits.shape.count / length
        var reads = [logits, labels]
        var sizes = [rows, length]
        if let gradient {
            // The upstream gradient of a mean is one number for all rows.
            let upstream = try view(of: gradient.operands[2])
            let isRepeated = upstream.strides.allSatisfy { $0 == 0 }
            reads.append(isRepeated ? upstream : try contiguous(upstream))
            sizes.append(isRepeated ? 0 : 1)
        }
        let name =
            switch (loss, gradient) {
            case (_, nil): "softmax_cross_entropy"
            case (nil, _): "softmax_cross_entropy_gradient"
            default: "softmax_cross_entropy_with_gradient"
            }
        append(
            name, of: .softmaxCrossEntropy, units: rows, reading: reads,
            writing: [loss, gradient].compactMap { $0 }.map(destination), sizes: sizes)
    }
}
