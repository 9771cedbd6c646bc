import NNCompiler
import NNGraph

extension Lowering {
    /// Lowers what is computed of rows of logits that lie in memory: the losses, their gradient or
    /// both; the predictions, if anybody asks for them; and what follows element by element.
    func lowerCrossEntropy(_ group: KernelGroup, in program: Program) {
        guard let loss = group.loss, let node = loss.gradient ?? loss.value else { return }
        let logits = program.contiguousView(of: node.operands[0])
        let labels = program.contiguousView(of: node.operands[1])
        let length = logits.shape[logits.shape.rank - 1]
        let rows = logits.shape.count / length
        var reads = [logits, labels]
        var sizes = [rows, length]
        if let gradient = loss.gradient {
            let upstream = program.upstream(of: gradient)
            reads.append(upstream)
            sizes.append(upstream.strides.allSatisfy { $0 == 0 } ? 0 : 1)
        }
        let name =
            switch (loss.value, loss.gradient) {
            case (_, nil): "softmax_cross_entropy"
            case (nil, _): "softmax_cross_entropy_gradient"
            default: "softmax_cross_entropy_with_gradient"
            }
        append(
            name, of: .softmaxCrossEntropy, units: rows, reading: reads,
            writing: [loss.value, loss.gradient].compactMap(\.self).map(program.destination),
            sizes: sizes, to: program)
        if let prediction = loss.prediction, case .argmax(let axis) = prediction.operation {
            lowerArgmax(prediction, axis, in: program)
        }
        if !loss.epilogue.isEmpty {
            let outputs = group.outputs(of: nil, loss.epilogue)
            lowerElementwise(loss.epilogue, writing: outputs, in: program)
        }
    }
}

extension ProgramBuilder<Lowering> {
    /// The upstream gradient as kernels take it: that of a mean is one number for all rows.
    func upstream(of gradient: Tensor) -> View {
        let view = view(of: gradient.operands[2])
        return view.strides.allSatisfy { $0 == 0 } ? view : contiguous(view)
    }

    /// What a product's kernel makes of whole rows.
    func lossEpilogue(of value: Tensor, _ loss: KernelGroup.RowLoss, in group: KernelGroup)
        -> LossEpilogue
    {
        var results = ElementwiseBody(shape: value.shape, prefix: LossEpilogue.prefix)
        results.name(value, LossEpilogue.loss)
        if let prediction = loss.prediction {
            results.name(prediction, LossEpilogue.prediction)
        }
        let read = group.outputs.filter {
            $0 == value || $0 == loss.prediction || loss.epilogue.contains($0)
        }
        add(loss.epilogue, writing: read, to: &results)
        return LossEpilogue(
            logits: view(of: value.operands[0]), labels: contiguousView(of: value.operands[1]),
            gradient: loss.gradient.map { (destination(of: $0), upstream(of: $0)) },
            results: results)
    }
}

extension KernelGroup.RowLoss {
    /// What is made of whole rows, for listings.
    var label: String {
        let names =
            ["softmax_cross_entropy" + (gradient == nil ? "" : "_with_gradient")]
            + (prediction == nil ? [] : ["argmax"])
        return epilogue.label(after: names.joined(separator: "·"))
    }
}
