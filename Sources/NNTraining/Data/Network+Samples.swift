import NNGraph
import NNModel

extension Network {
    /// The same model, which remembers in which shape samples come that it takes as a row, whether they are images
    /// that are brought to its size, what the columns of tables are called, and how a text becomes tokens.
    ///
    /// - Parameter dataset: The samples that it is trained on.
    /// - Returns: A model with the same layers.
    public func remembering(samplesOf dataset: Dataset) -> Network {
        Network(
            body: body,
            inputs: inputs.map { input in
                guard let found = dataset.inputs.first(where: { $0.name == input.name }),
                    input.accepts(found.sampleShape)
                else { return input }
                let isNews =
                    input.sampleShape.isRow
                    && (!Shape(found.sampleShape).isRow || found.areResizedImages)
                return input.taking(
                    isNews ? Shape(found.sampleShape) : input.sampleShape,
                    resizesImages: input.resizesImages || found.areResizedImages,
                    columns: found.columns ?? input.columns,
                    tokenizer: found.tokenizer ?? input.tokenizer)
            })
    }

    /// The same model without what it remembers of that.
    var takingRows: Network {
        Network(
            body: body,
            inputs: inputs.map {
                $0.taking($0.shape, resizesImages: false, columns: nil, tokenizer: $0.tokenizer)
            })
    }

    /// The same model with the numbers of its first input scaled.
    ///
    /// - Parameters:
    ///   - input: The samples that say by how much.
    ///   - scale: How.
    /// - Returns: A model with the same layers.
    /// - Throws: ``ModelError`` for numbers that are not finite.
    public func scaling(_ input: Dataset.Input, _ scale: Scale) throws -> Network {
        guard let preparation = try input.preparation(scale), preparation.axis != nil,
            inputs[0].shape.rank == 1, input.sampleShape.count > 1
        else { return try preparing(input.preparation(scale)) }
        // A row has no channels: each of its numbers is scaled as its channel is.
        let run = input.width / preparation.shift.count
        func row(_ values: [Float]) -> [Float] {
            values.flatMap { repeatElement($0, count: run) }
        }
        return try preparing(
            Preparation(shift: row(preparation.shift), factor: row(preparation.factor), axis: 0))
    }
}

extension Shape {
    /// Whether one axis at most has more than one place.
    fileprivate var isRow: Bool { dimensions.count { $0 != 1 } <= 1 }
}
