import NNFiles

/// Samples to learn from: the features of each and the targets to predict from them.
public struct Dataset: Sendable {
    /// The name in messages and reports.
    public let name: String
    /// The features, row-major, [count, featureCount].
    public let features: Features
    /// The shape of one sample, such as [28, 28] for an image.
    public let sampleShape: [Int]
    /// The number of features of one sample: the product of its shape.
    public let featureCount: Int
    /// The targets, row-major, [count, targetWidth].
    public let targets: [Float]
    /// The number of targets of one sample.
    public let targetWidth: Int
    /// What the classes are called, by label, where that is known.
    public let classNames: [String]?

    /// The number of samples, which is at least 1 and fits `Int32`.
    public var count: Int { targets.count / targetWidth }

    /// Creates a data set of numbers after checking that its parts fit together.
    public init(
        name: String, features: [Float], sampleShape: [Int], targets: [Float], targetWidth: Int,
        classNames: [String]? = nil
    ) throws(DataError) {
        try self.init(
            name: name, features: .floats(features), sampleShape: sampleShape, targets: targets,
            targetWidth: targetWidth, classNames: classNames)
    }

    /// Creates a data set after checking that its parts fit together.
    public init(
        name: String, features: Features, sampleShape: [Int], targets: [Float], targetWidth: Int,
        classNames: [String]? = nil
    ) throws(DataError) {
        guard !features.isEmpty, !targets.isEmpty, targetWidth > 0 else { throw .noSamples(name) }
        let count = targets.count / targetWidth
        guard count <= Int32.max else { throw .tooManySamples(name, count) }
        guard let featureCount = sampleShape.checkedProduct,
            [count, featureCount].checkedProduct == features.count,
            count * targetWidth == targets.count
        else { throw .inconsistent(dataset: name) }
        self.name = name
        self.features = features
        self.sampleShape = sampleShape
        self.featureCount = featureCount
        self.targets = targets
        self.targetWidth = targetWidth
        self.classNames = classNames
    }

    /// Returns the targets as class labels; throws unless each is one whole number of at least 0.
    public func classLabels() throws(DataError) -> [Int32] {
        guard targetWidth == 1 else { throw .labelWidth(dataset: name, width: targetWidth) }
        // From 2²⁴ on `Float` skips whole numbers, so two classes could have become one.
        let exactLabels: Range<Float> = 0..<0x1p24
        if let sample = targets.firstIndex(where: {
            !exactLabels.contains($0) || $0 != $0.rounded()
        }) {
            throw .label(dataset: name, sample: sample, value: targets[sample])
        }
        return targets.map { Int32($0) }
    }

    /// The number of classes: one more than the largest label, or the number of names if that is more.
    public var classCount: Int {
        get throws(DataError) {
            let labels = try classLabels()
            return max(Int(labels.max() ?? 0) + 1, classNames?.count ?? 0)
        }
    }
}

/// The samples to train on, and others to evaluate on where the source has them.
public struct DatasetSplit: Sendable {
    /// The samples to train on.
    public let train: Dataset
    /// The samples to evaluate on; without them, evaluation is on `train`.
    public let test: Dataset?

    /// Creates a split after checking that one model fits both parts.
    public init(train: Dataset, test: Dataset?) throws(DataError) {
        if let test, test.sampleShape != train.sampleShape || test.targetWidth != train.targetWidth
        {
            throw .splitMismatch(
                dataset: train.name, train: train.sampleShape, test: test.sampleShape)
        }
        self.train = train
        self.test = test
    }

    /// The number of classes in both parts together.
    public var classCount: Int {
        get throws(DataError) { try max(train.classCount, test?.classCount ?? 0) }
    }
}
