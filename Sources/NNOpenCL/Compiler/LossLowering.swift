import NNGraph

extension Lowering {
    /// Lowers a loss together with its gradient.
    func lowerCrossEntropy(_ pair: Group) throws {
        try lowerCrossEntropy(loss: pair.loss, gradient: pair.lossGradient)
    }

    /// Lowers a loss, its gradient or both.
    func lowerCrossEntropy(loss: Tensor?, gradient: Tensor?) throws {
        guard let node = gradient ?? loss else { return }
        let logits = try contiguousView(of: node.operands[0])
        let labels = try contiguousView(of: node.operands[1])
        let length = logits.shape[logits.shape.rank - 1]
        let rows = logits.shape.count / length
        var reads = [logits, labels]
        var sizes = [rows, length]
        if let gradient {
            let upstream = try upstream(of: gradient)
            reads.append(upstream)
            sizes.append(upstream.strides.allSatisfy { $0 == 0 } ? 0 : 1)
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

    /// The upstream gradient as kernels take it: that of a mean is one number for all rows.
    private func upstream(of gradient: Tensor) throws -> View {
        let view = try view(of: gradient.operands[2])
        return view.strides.allSatisfy { $0 == 0 } ? view : try contiguous(view)
    }

    // MARK: - Beside a product

    /// What a product's kernel makes of whole rows.
    func lossEpilogue(of loss: Tensor, in group: Group) throws -> LossEpilogue {
        var results = ElementwiseKernel(shape: loss.shape, prefix: LossEpilogue.prefix)
        results.name(loss, LossEpilogue.loss)
        if let prediction = group.prediction {
            results.name(prediction, LossEpilogue.prediction)
        }
        let (members, outputs) = group.results(of: loss)
        try add(members, writing: outputs, to: &results)
        return LossEpilogue(
            logits: try view(of: loss.operands[0]),
            labels: try contiguousView(of: loss.operands[1]),
            gradient: try group.lossGradient.map { (destination(of: $0), try upstream(of: $0)) },
            results: results)
    }

    /// Lowers what is made of whole rows for a product whose kernel has no whole rows.
    func lowerLoss(of group: Group) throws {
        guard let loss = group.loss else { return }
        try lowerCrossEntropy(loss: loss, gradient: group.lossGradient)
        if let prediction = group.prediction { try lower(prediction) }
        let (members, outputs) = group.results(of: loss)
        if !members.isEmpty {
            try lowerElementwise(members, writing: outputs.filter(members.contains))
        }
    }
}

extension Group {
    /// The elementwise operations on losses and predictions, and what of all these is read outside.
    fileprivate func results(of loss: Tensor) -> (members: [Tensor], outputs: [Tensor]) {
        let own = members.filter { $0.shape == loss.shape && $0.operation.isElementwise }
        return (own, outputs.filter { $0 == loss || $0 == prediction || own.contains($0) })
    }

    /// What is made of whole rows, for listings.
    var lossLabel: String {
        guard let loss else { return "" }
        let names =
            ["softmax_cross_entropy" + (lossGradient == nil ? "" : "_with_gradient")]
            + [prediction].compactMap { $0.map { _ in "argmax" } }
        return results(of: loss).members.label(after: names.joined(separator: "·"))
    }
}
