import NNCompiler
import NNGraph

extension Lowering {
    /// Lowers elementwise operations of one shape to one kernel.
    func lowerElementwise(_ members: [Tensor], writing outputs: [Tensor], in program: Program) {
        var body = ElementwiseBody(shape: members[0].shape)
        program.add(members, writing: outputs, to: &body)
        program.append(call(body, label: members.label), loops: [body.loop])
    }

    /// The call that copies a view element by element.
    func copy(_ source: View, to destination: View) -> Work {
        var body = ElementwiseBody(shape: source.shape)
        body.store(body.load(source), to: destination)
        return .call(call(body, label: "copy"))
    }

    private func call(_ body: ElementwiseBody, label: String) -> KernelCall {
        let (rows, columns) = body.range
        let (global, local) = kernels.elementwiseRange(rows: rows, columns: columns)
        return KernelCall(
            name: "elementwise", file: .elementwise, definitions: kernels.definitions(of: [body]),
            global: global, local: local, label: label,
            cost: Launch.Cost(bytes: body.byteCount, flops: body.flops), arguments: body.arguments)
    }
}

extension ProgramBuilder<Lowering> {
    /// What becomes of a product or a reduction: operations on it, and the writing of results.
    func epilogue(
        of source: Tensor, _ members: [Tensor], writing outputs: [Tensor], prefix: String = ""
    ) -> ElementwiseBody {
        var body = ElementwiseBody(epilogueOf: source, prefix: prefix)
        add(members, writing: outputs, to: &body)
        return body
    }

    /// Adds operations, and the writing of some of their results, to a loop body.
    func add(_ members: [Tensor], writing outputs: [Tensor], to body: inout ElementwiseBody) {
        for member in members {
            var operands: [String] = []
            for operand in member.operands {
                if let inner = body.name(of: operand) {
                    operands.append(inner)
                } else if case .uniform = member.operation {
                    operands.append(body.scalar(view(of: operand)))
                } else if let value = operand.repeatedValue {
                    operands.append(body.constant(value, operand.type.elementType))
                } else {
                    operands.append(body.load(fitted(view(of: operand), to: body.shape)))
                }
            }
            body.add(member, operands)
        }
        for output in outputs {
            let place = destination(of: output)
            let fitting =
                place.shape == body.shape ? place : place.reshaped(body.shape)
            let storage = { Storage(place.storage.elementType, count: place.shape.count) }
            let written = fitting ?? View(storage(), body.shape)
            body.store(body.name(of: output) ?? "", to: written)
            if fitting == nil {
                body.copiesAfter.append((View(written.storage, place.shape), place))
            }
        }
    }

    /// The view in the shape of a loop body, which may have fewer axes; a copy if no strides describe that.
    private func fitted(_ view: View, to shape: Shape) -> View {
        view.shape == shape
            ? view : view.reshaped(shape) ?? View(contiguous(view).storage, shape)
    }
}

extension [Tensor] {
    /// The operations in a row, for listings.
    var label: String { map(\.operation.name).joined(separator: "·") }

    /// The same after the name of what they follow.
    func label(after source: String) -> String { isEmpty ? source : "\(source)·\(label)" }
}
