import NNGraph

extension Lowering {
    /// Lowers an operation that has a kernel of its own.
    func lower(_ node: Tensor) throws {
        switch node.operation {
        case .concatenate(let axis): try lowerConcatenation(node, axis: axis)
        case .argmax(let axis): try lowerArgmax(node, axis)
        case .gather: try lowerGather(node)
        case .scatterAdd(let count): try lowerScatter(node, count)
        case .softmax: try lowerRows(node, "softmax")
        case .logSoftmax: try lowerRows(node, "log_softmax")
        case .logSumExp: try lowerRows(node, "log_sum_exp")
        case .softmaxCrossEntropy: try lowerCrossEntropy(loss: node, gradient: nil)
        case .softmaxCrossEntropyGradient: try lowerCrossEntropy(loss: nil, gradient: node)
        // Leaves lie in their buffers, views in their operand's; elementwise operations, reductions
        // and matrix products come in groups.
        default: break
        }
    }

    func append(
        _ name: String, of file: KernelFile, options: String = "", units: Int,
        reading inputs: [View], writing outputs: [View], sizes: [Int], bytes: Int? = nil
    ) {
        append(reading: inputs, writing: outputs) { [kernels] in
            let arrays = (inputs + outputs).flatMap {
                [$0.buffer, UInt32($0.offset)] as [any KernelArgument]
            }
            return .call(
                kernels.call(
                    name, of: file, options: options, units: units, label: name,
                    cost: Launch.Cost(
                        bytes: bytes ?? (inputs + outputs).map(\.byteCount).reduce(0, +)),
                    arguments: arrays + sizes.map { UInt32($0) }))
        }
    }

    // MARK: - Places of maxima

    private func lowerArgmax(_ node: Tensor, _ axis: Int) throws {
        let shape = node.operands[0].shape
        let kept = shape.dimensions.indices.filter { $0 != axis }
        let rows = try contiguous(view(of: node.operands[0]).transposed(kept + [axis]))
        append(
            "argmax_rows", of: .argmax, units: node.shape.count, reading: [rows],
            writing: [destination(of: node)], sizes: [node.shape.count, shape[axis]])
    }

    // MARK: - Indexing

    private func lowerGather(_ node: Tensor) throws {
        let table = try contiguousView(of: node.operands[0])
        let indices = try contiguousView(of: node.operands[1])
        let (count, rows) = (table.shape[0], indices.shape.count)
        let width = table.shape.count / count
        let result = destination(of: node)
        // Of the table, only the rows asked for are read.
        let bytes =
            indices.byteCount + result.byteCount
            + rows * width * table.storage.elementType.byteCount
        append(
            "gather", of: .gather,
            options: table.storage.elementType == .unorm8 ? "-DUNORM8_TABLE" : "",
            units: kernels.units(rows: rows, width: width), reading: [table, indices],
            writing: [result], sizes: [rows, width, count], bytes: bytes)
    }

    private func lowerScatter(_ node: Tensor, _ count: Int) throws {
        let indices = try contiguousView(of: node.operands[0])
        let updates = try contiguousView(of: node.operands[1])
        let (rows, width) = (indices.shape.count, node.shape.count / count)
        // Every part walks all indices, so there are no more of them than keep the device busy.
        let parts = min(count, kernels.desiredParallelism)
        append(
            "scatter_add", of: .scatterAdd, units: kernels.units(rows: parts, width: width),
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
}
