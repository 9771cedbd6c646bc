import NNGraph

extension Lowering {
    /// Lowers elementwise operations of one shape to one kernel.
    func lowerElementwise(_ members: [Tensor], writing outputs: [Tensor]) throws {
        var kernel = ElementwiseKernel(shape: members[0].shape)
        try add(members, writing: outputs, to: &kernel)
        append(kernel, label: members.label)
    }

    /// What becomes of a product or a reduction: operations on it, and the writing of results.
    func epilogue(
        of source: Tensor, _ members: [Tensor], writing outputs: [Tensor], prefix: String = ""
    ) throws -> ElementwiseKernel {
        var kernel = ElementwiseKernel(epilogueOf: source, prefix: prefix)
        try add(members, writing: outputs, to: &kernel)
        return kernel
    }

    /// Adds operations, and the writing of some of their results, to a kernel.
    func add(
        _ members: [Tensor], writing outputs: [Tensor], to kernel: inout ElementwiseKernel
    ) throws {
        for member in members {
            var operands: [String] = []
            for operand in member.operands {
                if let inner = kernel.name(of: operand) {
                    operands.append(inner)
                } else if case .uniform = member.operation {
                    operands.append(kernel.scalar(try view(of: operand)))
                } else if let value = operand.repeatedValue {
                    operands.append(kernel.constant(value, operand.type.elementType))
                } else {
                    operands.append(kernel.load(try view(of: operand)))
                }
            }
            kernel.add(member, operands)
        }
        for output in outputs {
            kernel.store(kernel.name(of: output) ?? "", to: destination(of: output))
        }
    }

    /// Appends a kernel that copies a view element by element.
    func copy(_ source: View, to target: View) {
        var kernel = ElementwiseKernel(shape: source.shape)
        kernel.store(kernel.load(source), to: target)
        append(kernel, label: "copy")
    }

    private func append(_ kernel: ElementwiseKernel, label: String) {
        let (rows, columns) = kernel.range
        append(elementwise: kernel.reads, writing: kernel.writes) { [kernels] in
            let (global, local) = kernels.elementwiseRange(rows: rows, columns: columns)
            let touched = kernel.reads.count + kernel.writes.count
            return .call(
                KernelCall(
                    name: "elementwise", file: .elementwise, bodies: [kernel], global: global,
                    local: local, label: label,
                    cost: Launch.Cost(
                        bytes: 4 * rows * columns * touched,
                        flops: rows * columns * kernel.operationCount),
                    arguments: kernel.arguments))
        }
    }
}

extension [Tensor] {
    /// The operations in a row, for listings.
    var label: String { map(\.operation.name).joined(separator: "·") }

    /// The same after the name of what they follow.
    func label(after source: String) -> String { isEmpty ? source : "\(source)·\(label)" }
}
