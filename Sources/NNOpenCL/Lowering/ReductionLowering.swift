import NNCompiler
import NNGraph

/// What the names of the input's part of a kernel begin with.
private let inputPrefix = "input_"

extension Lowering {
    /// Lowers a sum or maximum with its prologue and epilogue.
    func lowerReduction(_ node: Tensor, of group: KernelGroup, in program: Program) {
        lowerReduction(
            node, after: group.prologue, group.epilogue, writing: group.mainOutputs, in: program)
    }

    /// Lowers a sum or maximum, the operations that compute what it reduces and those on its result.
    func lowerReduction(
        _ node: Tensor, after prologue: [Tensor] = [], _ epilogue: [Tensor],
        writing outputs: [Tensor], in program: Program
    ) {
        guard case .reduce(let reduction, let axes) = node.operation else { return }
        let operand = node.operands[0]
        if node.reducesLastAxis {
            var input = ElementwiseBody(shape: operand.shape, prefix: inputPrefix)
            program.add(prologue, writing: [], to: &input)
            input.give(input.name(of: operand) ?? input.load(program.view(of: operand)))
            let results = program.epilogue(of: node, epilogue, writing: outputs)
            return reduceRows(
                reduction, input, results, after: prologue, before: epilogue, in: program)
        }
        let columns = operand.shape[operand.shape.rank - 1]
        // Rows shorter than a cache line or two are read whole, as all columns are walked together.
        if !prologue.isEmpty || node.keepsLastAxis && columns < kernels.panelColumns / 2 {
            var input = ElementwiseBody(shape: operand.shape, prefix: inputPrefix)
            program.add(prologue, writing: [], to: &input)
            input.give(input.name(of: operand) ?? input.load(program.view(of: operand)))
            return reduceComputedColumns(
                reduction, input, columns: columns,
                program.epilogue(of: node, epilogue, writing: outputs), after: prologue,
                label: epilogue.label(after: "\(reduction.rawValue)_columns"), in: program)
        }
        if node.reducesColumns,
            let x = stridedColumns(program.view(of: node.operands[0]), axes.sorted())
        {
            return reduceStridedColumns(
                reduction, x, program.epilogue(of: node, epilogue, writing: outputs),
                label: epilogue.label(after: "\(reduction.rawValue)_columns"), in: program)
        }
        let x = reducible(node.operands[0], axes, in: program)
        guard x.shape[2] > 1 else {
            let results = program.epilogue(of: node, epilogue, writing: outputs)
            return reduceRows(reduction, rows(x), results, before: epilogue, in: program)
        }
        let name = "\(reduction.rawValue)_columns"
        if node.reducesColumns {
            return reduceColumns(
                reduction, x.withOuterAxis, program.epilogue(of: node, epilogue, writing: outputs),
                label: epilogue.label(after: name), in: program)
        }
        let result = program.destination(of: node)
        let storing = ElementwiseBody(
            storing: View(result.storage, offset: result.offset, [x.shape[0], x.shape[2]]))
        reduceColumns(reduction, x.withOuterAxis, storing, label: name, in: program)
        if !epilogue.isEmpty {
            lowerElementwise(epilogue, writing: outputs.filter { $0 != node }, in: program)
        }
    }

    /// The operand with the reduced axes in one block, as [outer, length, inner].
    private func reducible(_ operand: Tensor, _ axes: [Int], in program: Program) -> View {
        let shape = operand.shape
        let view = program.view(of: operand)
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
        let moved = program.contiguous(view.transposed(kept + axes.sorted()))
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
    private func rows(_ x: View) -> ElementwiseBody {
        let matrix = View(x.storage, offset: x.offset, [x.shape[0], x.shape[1]])
        var input = ElementwiseBody(shape: matrix.shape, prefix: inputPrefix)
        input.give(input.load(matrix))
        return input
    }

    private func reduceRows(
        _ reduction: Operation.Reduction, _ input: ElementwiseBody, _ epilogue: ElementwiseBody,
        after producers: [Tensor] = [], before others: [Tensor], in program: Program
    ) {
        let (rows, length) = input.range
        let name = "\(reduction.rawValue)_rows"
        let first = producers.isEmpty ? name : "\(producers.label)·\(name)"
        func append(
            _ input: ElementwiseBody, chunk: Int, _ epilogue: ElementwiseBody, label: String
        ) {
            let length = input.range.columns
            let call = kernels.call(
                "reduce_rows", of: .reduceRows,
                definitions: kernels.definitions(of: [epilogue, input]),
                options: reduction.options, units: rows * ((length - 1) / chunk + 1),
                elements: rows * length, label: label,
                cost: Launch.Cost(
                    bytes: input.byteCount + epilogue.byteCount,
                    flops: rows * length + input.flops + epilogue.flops),
                arguments: epilogue.arguments + input.arguments + .counts([chunk]))
            program.append(call, reading: input.reads, loops: [epilogue.loop])
        }
        guard let chunk = chunks(of: length, units: rows, columns: 1) else {
            return append(input, chunk: length, epilogue, label: others.label(after: first))
        }
        let partial = View(Storage(.float, count: rows * chunk.count), [rows, chunk.count])
        append(
            input, chunk: chunk.length, ElementwiseBody(storing: partial),
            label: "\(first) in \(chunk.count) parts")
        append(
            self.rows(partial), chunk: chunk.count, epilogue, label: others.label(after: name))
    }

    // MARK: - Columns

    /// A view whose first axes are reduced and do not lie in one block, as [outer, outer, length, columns], where its
    /// columns are runs; nil for any other.
    private func stridedColumns(_ view: View, _ axes: [Int]) -> View? {
        guard axes == Array(axes.indices), !view.isContiguous, view.strides.last == 1 else {
            return nil
        }
        let kept = Array(axes.count..<view.shape.rank)
        guard let columns = OperandAxes(kept.map { view.shape[$0] }, kept.map { view.strides[$0] }),
            columns.stride == 1 || columns.count == 1,
            let rows = OperandAxes(axes.map { view.shape[$0] }, axes.map { view.strides[$0] }),
            (2...3).contains(rows.extents.count)
        else { return nil }
        let missing = 3 - rows.extents.count
        var x = view
        x.shape = Shape(Array(repeating: 1, count: missing) + rows.extents + [columns.count])
        x.strides = Array(repeating: 0, count: missing) + rows.strides + [1]
        return x.strides.allSatisfy { $0 >= 0 } ? x : nil
    }

    /// Reduces the axis before the columns for each place of the two before, and then these.
    private func reduceStridedColumns(
        _ reduction: Operation.Reduction, _ x: View, _ epilogue: ElementwiseBody, label: String,
        in program: Program
    ) {
        let outer = x.shape[0] * x.shape[1], columns = x.shape[3]
        let partial = View(Storage(.float, count: outer * columns), [outer, columns])
        reduceColumns(
            reduction, x, ElementwiseBody(storing: partial),
            label: "\(reduction.rawValue)_columns of \(outer) parts", in: program)
        reduceColumns(
            reduction, View(partial.storage, [1, 1, outer, columns]), epilogue, label: label,
            in: program)
    }

    /// Reduces all rows that a body computes to one.
    private func reduceComputedColumns(
        _ reduction: Operation.Reduction, _ input: ElementwiseBody, columns: Int,
        _ epilogue: ElementwiseBody, after producers: [Tensor], label: String, in program: Program
    ) {
        let rows = input.range.rows
        let panels = (columns - 1) / kernels.panelColumns + 1
        let chunk = chunks(of: rows, units: panels, columns: min(columns, kernels.panelColumns))
        func append(_ epilogue: ElementwiseBody, label: String) {
            let call = kernels.call(
                "reduce_computed_columns", of: .reduceComputedColumns,
                definitions: kernels.definitions(of: [epilogue, input]), options: reduction.options,
                units: panels * (chunk?.count ?? 1), elements: rows * columns,
                label: producers.isEmpty ? label : "\(producers.label)·\(label)",
                cost: Launch.Cost(
                    bytes: input.byteCount + epilogue.byteCount,
                    flops: rows * columns + input.flops + epilogue.flops),
                arguments: epilogue.arguments + input.arguments + .counts([chunk?.length ?? rows]))
            program.append(call, reading: input.reads, loops: [epilogue.loop])
        }
        guard let chunk else { return append(epilogue, label: label) }
        let partial = Storage(.float, count: chunk.count * columns)
        append(
            ElementwiseBody(storing: View(partial, [chunk.count, columns])),
            label: "\(reduction.rawValue)_columns in \(chunk.count) parts")
        reduceColumns(
            reduction, View(partial, [1, 1, chunk.count, columns]), epilogue, label: label,
            in: program)
    }

    /// Reduces the last but one axis of x [outer, outer, length, columns].
    func reduceColumns(
        _ reduction: Operation.Reduction, _ x: View, _ epilogue: ElementwiseBody, label: String,
        in program: Program
    ) {
        let (outer, length, inner) = (x.shape[0] * x.shape[1], x.shape[2], x.shape[3])
        let panels = (inner - 1) / kernels.panelColumns + 1
        func append(_ x: View, chunk: Int, _ epilogue: ElementwiseBody, label: String) {
            let (rows, length) = (outer * ((x.shape[2] - 1) / chunk + 1), x.shape[2])
            let call = kernels.call(
                "reduce_columns", of: .reduceColumns,
                definitions: kernels.definitions(of: [epilogue]), options: reduction.options,
                units: rows * panels, elements: x.shape.count, label: label,
                cost: Launch.Cost(
                    bytes: x.byteCount + epilogue.byteCount, flops: epilogue.flops),
                arguments: epilogue.arguments + .view(x)
                    + .counts([length, x.strides[2], x.strides[0], x.strides[1], x.shape[1], chunk])
            )
            program.append(call, reading: [x], loops: [epilogue.loop])
        }
        guard
            let chunk = chunks(
                of: length, units: outer * panels, columns: min(inner, kernels.panelColumns))
        else { return append(x, chunk: length, epilogue, label: label) }
        let partial = Storage(.float, count: outer * chunk.count * inner)
        append(
            x, chunk: chunk.length,
            ElementwiseBody(storing: View(partial, [outer * chunk.count, inner])),
            label: "\(reduction.rawValue)_columns in \(chunk.count) parts")
        append(
            View(partial, [1, outer, chunk.count, inner]), chunk: chunk.count, epilogue,
            label: label)
    }
}

extension Operation.Reduction {
    /// What tells the kernels which of both it is.
    fileprivate var options: String { self == .max ? "-DREDUCE_MAX" : "" }
}

extension Tensor {
    /// Whether each column of a matrix, or of each in a batch, is reduced to one number.
    var reducesColumns: Bool {
        guard case .reduce(_, let axes) = operation, let first = axes.min() else { return false }
        let rank = operands[0].shape.rank
        return axes.sorted() == Array(first..<rank - 1) && operands[0].shape[rank - 1] > 1
    }
}

extension View {
    /// The view with an axis of one place in front.
    fileprivate var withOuterAxis: View {
        var view = self
        view.shape = Shape([1] + shape.dimensions)
        view.strides.insert(0, at: 0)
        return view
    }
}
