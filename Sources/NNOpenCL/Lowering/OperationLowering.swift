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
