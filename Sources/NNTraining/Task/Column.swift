import NNFiles
import NNGraph

extension Objective {
    /// The targets of a data set, checked against outputs of the given shape for a batch of one.
    func column(
        of target: Dataset.Target, in dataset: Dataset, outputShape: Shape
    ) throws -> Column {
        let type = try loss.targetType(for: outputShape)
        let width = type.shape.count
        guard target.width == width else {
            // Several numbers where there should be a label are the data's fault, another number of outputs the
            // model's.
            if width == 1, type.elementType == .int32 {
                throw DataError.labelWidth(dataset: dataset.name, width: target.width)
            }
            throw LossError.targetWidth(dataset: dataset.name, width: target.width, outputs: width)
        }
        if target.numbers.areMadeByBatch, type.elementType == .int32 {
            // Nobody looks at all of a text for this: its tokens are below what there are.
            let (known, count) = (outputShape.dimensions.last ?? 1, dataset.tokenizer?.count ?? 0)
            guard count <= known else {
                throw DataError.tokenBeyond(
                    dataset: dataset.name, token: count - 1, count: known)
            }
            return Column(width: width, values: target.numbers)
        }
        try loss.check(
            target.values, from: TargetPlace(dataset: dataset.name, width: width),
            outputs: outputShape)
        return Column(
            width: width,
            values: type.elementType == .int32
                ? .int32s(target.values.map { Int32($0) }) : .floats(target.values))
    }
}

/// Numbers of samples that are brought into the order in which a training takes them.
struct Column {
    /// How many numbers belong to one sample.
    let width: Int
    /// The numbers of all samples in a row.
    let values: Features

    /// A buffer for all of them, in a row.
    var bufferType: TensorType { TensorType([values.count], values.elementType) }

    /// The numbers of the samples in another order.
    func reordered(_ order: [Int32]) -> Column {
        Column(width: width, values: values.selecting(order.map { Int($0) }, width: width))
    }
}
