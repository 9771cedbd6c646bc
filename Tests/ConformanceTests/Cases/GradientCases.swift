import NNGraph

extension ConformanceCase {
    /// Gradients as they occur in training, so that their kernels are part of the table.
    static let gradientCases: [ConformanceCase] = [
        layer("weights", 1), layer("bias", 2), layer("input", 0),
        ConformanceCase("gradient of slices", [.real([7, 5])], .exact) { x in
            let y = try x[0].slice(2..<4).sum() + x[0].slice(1..<3, axis: 1).sum()
            return try gradients(of: y, withRespectTo: x)[0]
        },
        ConformanceCase("gradient of a gather", [.real([5, 3]), .integers([9], 0...4)], .exact) {
            x in
            let y = try x[0].gather(x[1]).sum()
            return try gradients(of: y, withRespectTo: [x[0]])[0]
        },
        ConformanceCase("gradient of a maximum with ties", [.whole([5, 7], -1...1)]) { x in
            try gradients(of: x[0].max([1]).sum(), withRespectTo: x)[0]
        },
        ConformanceCase(
            "gradient of an embedding and its loss", [.real([6, 5]), .integers([8], 0...5)]
        ) { x in
            let logits = try x[0].gather(x[1])
            let loss = try softmaxCrossEntropy(logits, x[1].slice(0..<8).reshape([8]).lowered())
                .mean()
            return try gradients(of: loss, withRespectTo: [x[0]])[0]
        },
    ]

    /// The gradient of a layer with a bias and a hyperbolic tangent.
    private static func layer(_ name: String, _ index: Int) -> ConformanceCase {
        ConformanceCase(
            "gradient of a layer, \(name)",
            [.real([13, 9]), .real([7, 9]), .real([7]), .real([13, 7])]
        ) { x in
            let y = try tanh(matmul(x[0], x[1], transposeB: true) / 9 + x[2])
            let loss = try (y * x[3]).sum()
            return try gradients(of: loss, withRespectTo: [x[index]])[0]
        }
    }
}

extension Tensor {
    /// Labels below 5 from labels below 6: the position of the largest of five given rows.
    fileprivate func lowered() throws -> Tensor {
        let table = try Tensor.constant(
            (0..<30).map { $0 / 5 % 5 == $0 % 5 ? 1 : 0 }, [6, 5])
        return try table.gather(self).argmax()
    }
}
