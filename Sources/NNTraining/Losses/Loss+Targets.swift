import NNGraph

/// The targets of a data set as a loss takes them.
enum Targets {
    /// One class for each sample.
    case labels([Int32])
    /// So many numbers for each sample.
    case values([Float], width: Int)

    /// How many numbers belong to one sample.
    var width: Int {
        switch self {
        case .labels: 1
        case .values(_, let width): width
        }
    }

    /// A buffer for all of them, in a row.
    var bufferType: TensorType {
        switch self {
        case .labels(let labels): TensorType([labels.count], .int32)
        case .values(let values, _): TensorType([values.count])
        }
    }

    /// The targets of the samples in another order.
    func reordered(_ order: [Int32]) -> Targets {
        switch self {
        case .labels(let labels):
            .labels(order.map { labels[Int($0)] })
        case .values(let values, let width):
            .values(
                order.flatMap { values[Int($0) * width..<(Int($0) + 1) * width] }, width: width)
        }
    }

    /// Fills a buffer of ``bufferType``.
    func write(to buffer: any TensorBuffer, on backend: any Backend) throws {
        switch self {
        case .labels(let labels): try backend.write(labels, to: buffer)
        case .values(let values, _): try backend.write(values, to: buffer)
        }
    }
}

extension Loss {
    /// Throws unless the loss can compare such outputs with targets.
    func check(outputShape: Shape) throws {
        let perSample = Shape(Array(outputShape.dimensions.dropFirst()))
        let fits =
            switch self {
            case .softmaxCrossEntropy: perSample.rank == 1
            case .binaryCrossEntropy: perSample.count == 1
            case .meanSquaredError: true
            }
        guard fits else { throw LossError.outputs(loss: self, found: perSample) }
    }

    /// The targets of a data set, checked against the outputs that they are compared with.
    func targets(of dataset: Dataset, outputShape: Shape) throws -> Targets {
        let outputs = outputShape.dimensions.dropFirst().reduce(1, *)
        switch self {
        case .softmaxCrossEntropy:
            let labels = try dataset.classLabels()
            if let sample = labels.firstIndex(where: { $0 >= outputs }) {
                throw LossError.labelWithoutOutput(
                    dataset: dataset.name, sample: sample, label: labels[sample], outputs: outputs)
            }
            return .labels(labels)
        case .binaryCrossEntropy, .meanSquaredError:
            guard dataset.targetWidth == outputs else {
                throw LossError.targetWidth(
                    dataset: dataset.name, width: dataset.targetWidth, outputs: outputs)
            }
            if self == .binaryCrossEntropy,
                let sample = dataset.targets.firstIndex(where: { $0 != 0 && $0 != 1 })
            {
                throw LossError.notBinary(
                    dataset: dataset.name, sample: sample, value: dataset.targets[sample])
            }
            return .values(dataset.targets, width: outputs)
        }
    }
}
