import NNCompiler
import NNGraph

extension Lowering {
    /// Appends a call of a kernel that takes views and sizes, and whose work falls into units.
    func append(
        _ name: String, of file: KernelFile, options: String = "", units: Int,
        reading inputs: [View], writing outputs: [View], sizes: [Int], bytes: Int? = nil,
        to program: Program
    ) {
        let views = inputs + outputs
        let call = kernels.call(
            name, of: file, options: options, units: units, label: name,
            cost: Launch.Cost(bytes: bytes ?? views.map(\.byteCount).reduce(0, +)),
            arguments: views.flatMap { [KernelCall.Argument].view($0) } + .counts(sizes))
        program.append(call, reading: inputs, loops: [.init(reads: [], writes: outputs)])
    }

    // MARK: - Places of maxima

    func lowerArgmax(_ node: Tensor, _ axis: Int, in program: Program) {
        let shape = node.operands[0].shape
        let kept = shape.dimensions.indices.filter { $0 != axis }
        let rows = program.contiguous(
            program.view(of: node.operands[0]).transposed(kept + [axis]))
        append(
            "argmax_rows", of: .argmax, units: node.shape.count, reading: [rows],
            writing: [program.destination(of: node)], sizes: [node.shape.count, shape[axis]],
            to: program)
    }

    // MARK: - Indexing

    func lowerGather(_ node: Tensor, in program: Program) {
        let table = program.contiguousView(of: node.operands[0])
        let indices = program.contiguousView(of: node.operands[1])
        let (count, rows) = (table.shape[0], indices.shape.count)
        let width = table.shape.count / count
        let result = program.destination(of: node)
        // Of the table, only the rows asked for are read.
        let bytes =
            indices.byteCount + result.byteCount
            + rows * width * table.storage.elementType.byteCount
        append(
            "gather", of: .gather,
            options: table.storage.elementType == .unorm8 ? "-DUNORM8_TABLE" : "",
            units: kernels.units(rows: rows, width: width), reading: [table, indices],
            writing: [result], sizes: [rows, width, count], bytes: bytes, to: program)
    }

    func lowerScatter(_ node: Tensor, _ count: Int, in program: Program) {
        let indices = program.contiguousView(of: node.operands[0])
        let updates = program.contiguousView(of: node.operands[1])
        let (rows, width) = (indices.shape.count, node.shape.count / count)
        // Every part walks all indices, so there are no more of them than keep the device busy.
        let parts = min(count, kernels.desiredParallelism)
        append(
            "scatter_add", of: .scatterAdd, units: kernels.units(rows: parts, width: width),
            reading: [indices, updates], writing: [program.destination(of: node)],
            sizes: [rows, width, count, parts], to: program)
    }

    // MARK: - Softmax family

    func lowerRows(_ node: Tensor, _ name: String, in program: Program) {
        let x = program.contiguousView(of: node.operands[0])
        let length = x.shape[x.shape.rank - 1]
        let rows = x.shape.count / length
        append(
            name, of: .softmax, units: rows, reading: [x], writing: [program.destination(of: node)],
            sizes: [rows, length], to: program)
    }
}

// MARK: - Movements with arithmetic

extension Lowering {
    /// Lowers the border of a padded tensor, and copies the inside unless it was computed there.
    func lowerPad(_ node: Tensor, from lower: [Int], _ value: Double, in program: Program) {
        let operand = node.operands[0]
        let whole = program.destination(of: node)
        let inside = whole.sliced(from: lower, to: operand.shape)
        let source = program.view(of: operand)
        if !source.isSame(as: inside) { program.copy(source, to: inside) }
        guard let last = lower.indices.last(where: { node.shape[$0] != operand.shape[$0] }) else {
            return
        }
        let inner = node.shape.dimensions.dropFirst(last + 1).reduce(1, *)
        let axes = program.placement.constant(
            [1, 0, 1]
                + (0..<last).flatMap {
                    [node.shape[$0], lower[$0], lower[$0] + operand.shape[$0]]
                })
        let columns = node.shape[last] * inner, rows = node.shape.count / columns
        let call = kernels.call(
            "pad_border", of: .pad, units: kernels.units(rows: rows, width: columns),
            elements: node.shape.count - operand.shape.count, label: "pad",
            cost: Launch.Cost(bytes: whole.byteCount - inside.byteCount),
            arguments: .view(axes) + .view(whole)
                + .counts([
                    last + 1, rows, columns, lower[last] * inner,
                    (lower[last] + operand.shape[last]) * inner,
                ]) + [.float(Float(value))])
        program.append(call, reading: [axes], loops: [.init(reads: [], writes: [whole])])
    }

    /// Lowers windows that are put back into an axis.
    func lowerFold(
        _ node: Tensor, _ axis: Int, _ extent: Int, _ windows: Windows, in program: Program
    ) {
        let x = program.contiguousView(of: node.operands[0])
        let result = program.destination(of: node)
        let inner = node.shape.dimensions.dropFirst(axis + 1).reduce(1, *)
        let rows = node.shape.count / inner
        let call = kernels.call(
            "fold", of: .fold, units: kernels.units(rows: rows, width: inner),
            elements: x.shape.count, label: "fold",
            cost: Launch.Cost(bytes: x.byteCount + result.byteCount, flops: x.shape.count),
            arguments: .view(x) + .view(result)
                + .counts([rows, extent, inner, windows.count, windows.size])
                + [windows.start, windows.stride, windows.dilation].map { .int32(Int32($0)) })
        program.append(call, reading: [x], loops: [.init(reads: [], writes: [result])])
    }
}
