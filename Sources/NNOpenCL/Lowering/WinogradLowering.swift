import NNCompiler
import NNGraph

extension Lowering {
    /// Lowers a product through windows with fewer multiplications than it has, if it is one that allows that.
    func lowerWinograd(
        _ group: KernelGroup, _ node: Tensor, writing outputs: [Tensor], in program: Program
    ) -> Bool {
        guard case .matmul(let transposeA, let transposeB, let axes) = node.operation,
            // Weights are read where they lie.
            let a = MatrixOperand(
                program.view(of: node.operands[0]), rows: axes.rows, columns: axes.inner,
                transposed: transposeA),
            let b = MatrixOperand(
                program.view(of: node.operands[1]), rows: axes.inner, columns: axes.columns,
                transposed: transposeB)
        else { return false }
        let product = MatrixProduct(a: a, b: b)
        if group.columnSums == nil, let winograd = WinogradProduct(product, with: kernels) {
            let epilogue = program.epilogue(of: node, group.epilogue, writing: outputs)
            let (weights, sums, call) = winograd.calls(
                epilogue, label: group.epilogue.label(after: winograd.label), with: kernels)
            program.append(
                weights, reading: [b.view], loops: [.init(reads: [], writes: [sums])])
            program.append(call, reading: [a.view, sums], loops: [epilogue.loop])
            for (source, place) in epilogue.copiesAfter { program.copy(source, to: place) }
            return true
        }
        let gradient = WinogradGradient(product, with: kernels) {
            MatrixOperand(
                program.destination(of: node), rows: axes.rows, columns: axes.columns,
                transposed: false)
        }
        guard let gradient else { return false }
        let (call, sums, resultCall) = gradient.calls(with: kernels)
        program.append(
            call, reading: [a.view, b.view],
            loops: [.init(reads: [], writes: [sums])])
        program.append(
            resultCall, reading: [sums], loops: [.init(reads: [], writes: [gradient.result])])
        if let columnSums = group.columnSums {
            lowerReduction(
                columnSums.sums, columnSums.epilogue,
                writing: group.outputs(of: columnSums.sums, columnSums.epilogue), in: program)
        }
        if !group.epilogue.isEmpty {
            lowerElementwise(group.epilogue, writing: outputs.filter { $0 != node }, in: program)
        }
        return true
    }
}
