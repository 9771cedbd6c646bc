extension Layer where Self == Sequential {
    /// Affine layers with an activation, and dropout if wanted, after each but the last.
    ///
    /// Without hidden layers it is a single affine map: linear or softmax regression.
    public static func multilayerPerceptron(
        inputs: Int, hidden: [Int], outputs: Int, activation: Activation = .relu,
        dropout: Double = 0
    ) -> Sequential {
        // A list: lines of this file would tell nobody where a model comes from.
        let blocks = zip([inputs] + hidden, hidden).flatMap { inputs, outputs -> [any Layer] in
            [Linear(inputs, outputs), activation.layer]
                + (dropout > 0 ? [Dropout(rate: dropout)] : [])
        }
        return Sequential(blocks + [Linear(hidden.last ?? inputs, outputs)])
    }
}
