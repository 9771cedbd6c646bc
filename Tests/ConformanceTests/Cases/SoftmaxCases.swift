import NNGraph

extension ConformanceCase {
    /// The softmax family over rows of many lengths.
    static let softmaxes: [ConformanceCase] =
        shapes.flatMap { shape in
            let rows = Shape(Array(shape.dimensions.dropLast()))
            let last = shape[shape.rank - 1] - 1
            let labels = Leaf.integers(rows, 0...last)
            let differentiated = shape.count > 30 ? [] : [0]
            return [
                ConformanceCase("softmax \(shape)", [.real(shape)], differentiated: differentiated)
                {
                    try softmax($0[0])
                },
                ConformanceCase(
                    "logSoftmax \(shape)", [.real(shape)], differentiated: differentiated
                ) {
                    try logSoftmax($0[0])
                },
                ConformanceCase(
                    "logSumExp \(shape)", [.real(shape)], differentiated: differentiated
                ) {
                    try logSumExp($0[0])
                },
                ConformanceCase(
                    "softmaxCrossEntropy \(shape)", [.real(shape), labels], .special,
                    differentiated: differentiated
                ) { try softmaxCrossEntropy($0[0], $0[1]) },
                ConformanceCase(
                    "softmaxCrossEntropyGradient \(shape)", [.real(shape), labels, .real(rows)],
                    shape.count == rows.count ? .special : .bounded,
                    differentiated: shape.count > 30 ? [] : [0, 2]
                ) { try Tensor(.softmaxCrossEntropyGradient, $0) },
                ConformanceCase(
                    "loss with its gradient \(shape)", [.real(shape), labels, .real(rows)], .special
                ) { x in
                    let gradient = try Tensor(.softmaxCrossEntropyGradient, x)
                    let loss = try softmaxCrossEntropy(x[0], x[1])
                    return try concatenate(
                        [gradient.reshape([shape.count]), loss.reshape([rows.count])], axis: 0)
                },
            ]
        } + [
            ConformanceCase(
                "softmaxCrossEntropy of labels outside",
                [.real([5, 3]), .given(int32s: [0, 3, -1, .max, 2])], .special
            ) { try softmaxCrossEntropy($0[0], $0[1]) },
            ConformanceCase(
                "softmaxCrossEntropyGradient of labels outside",
                [.real([5, 3]), .given(int32s: [0, 3, -1, .min, 2]), .real([5])], .special
            ) { try Tensor(.softmaxCrossEntropyGradient, $0) },
            ConformanceCase(
                "gradient of the mean loss", [.real([13, 10]), .integers([13], 0...9)]
            ) { x in
                let loss = try softmaxCrossEntropy(x[0], x[1]).mean()
                return try gradients(of: loss, withRespectTo: [x[0]])[0]
            },
            ConformanceCase(
                "softmaxCrossEntropyGradient of a strided upstream",
                [.real([5, 3]), .integers([5], 0...2), .real([5, 2])]
            ) {
                try Tensor(
                    .softmaxCrossEntropyGradient,
                    [$0[0], $0[1], $0[2].slice(1..<2, axis: 1).reshape([5])])
            },
        ]

    private static let shapes: [Shape] = [
        [1], [2], [7], [13], [63], [64], [65], [255], [256], [257], [1009], [1, 1], [7, 1], [5, 3],
        [13, 10], [65, 33], [2, 3, 5], [2, 1, 3, 4], [300, 2], [3, 1021],
    ]
}
