import NNFiles
import NNGraph
import NNModel

/// The samples to train on, and others to judge the model by.
public struct DatasetSplit: Sendable {
    /// The samples to train on.
    public let train: Dataset
    /// The samples that decide while training goes on, as about when it stops; none if nothing was held out.
    public let validation: Dataset?
    /// The samples that the trained model is judged by, where the source has them.
    public let test: Dataset?

    /// What is evaluated while training goes on: without a part for that the test samples.
    public var monitored: Dataset? { validation ?? test }
    /// What a trained model is judged by: the test samples, else those held out, else those trained on.
    public var judged: Dataset { test ?? validation ?? train }

    /// Creates a split after checking that one model fits all parts.
    public init(
        train: Dataset, validation: Dataset? = nil, test: Dataset?
    ) throws(DataError) {
        for other in [validation, test].compactMap(\.self)
        where other.sampleShape != train.sampleShape || other.targetWidth != train.targetWidth {
            throw .splitMismatch(
                dataset: train.name, train: train.sampleShape, test: other.sampleShape)
        }
        self.train = train
        self.validation = validation
        self.test = test
    }

    /// The number of classes in all parts together.
    public var classCount: Int {
        get throws(DataError) {
            var count = try train.classCount
            for other in [validation, test].compactMap(\.self) {
                count = max(count, try other.classCount)
            }
            return count
        }
    }

    /// The same with a part of the training samples held out for validation.
    ///
    /// Of each class as large a share is held out; which samples, depends on the seed alone. Of a text it is the end.
    ///
    /// - Parameters:
    ///   - share: How much of the samples, above 0 and below 1.
    ///   - seed: What the choice depends on.
    /// - Returns: The same samples in one part more.
    /// - Throws: ``DataError/notDivisible(dataset:count:share:)`` if nothing would be left of one part.
    public func holdingOut(_ share: Double, seed: UInt64) throws(DataError) -> DatasetSplit {
        if train.allTargets[0].numbers.areMadeByBatch { return try holdingOutEnd(share) }
        let order = Philox(seed: seed).permutation(
            count: train.count, step: 0, stream: RandomStream.validation
        ).map { Int($0) }
        let target = train.allTargets[0]
        let isByClass = target.kind == .classes && target.width == 1
        var strata: [Float: [Int]] = [:]
        for sample in order {
            strata[isByClass ? target.values[sample] : 0, default: []].append(sample)
        }
        // Whole samples of each class; what that leaves open goes to those that lose most by it, the first first.
        let quotas = strata.sorted { $0.key < $1.key }.map {
            (samples: $1, quota: share * Double($1.count))
        }
        var counts = quotas.map { Int($0.quota) }
        let open = Int((share * Double(train.count)).rounded()) - counts.reduce(0, +)
        let losers = quotas.indices.sorted {
            (Double(counts[$0]) - quotas[$0].quota, $0) < (
                Double(counts[$1]) - quotas[$1].quota, $1
            )
        }
        for place in losers.prefix(max(0, open)) { counts[place] += 1 }
        let held = Set(zip(quotas, counts).flatMap { $0.samples.prefix($1) })
        guard !held.isEmpty, held.count < train.count else {
            throw .notDivisible(dataset: train.name, count: train.count, share: share)
        }
        return try DatasetSplit(
            train: train.selecting((0..<train.count).filter { !held.contains($0) }),
            validation: train.selecting(held.sorted(), named: "\(train.name), held out"),
            test: test)
    }

    /// The same with the last samples held out.
    private func holdingOutEnd(_ share: Double) throws(DataError) -> DatasetSplit {
        let held = Int((share * Double(train.count)).rounded())
        guard held > 0, held < train.count else {
            throw .notDivisible(dataset: train.name, count: train.count, share: share)
        }
        let first = train.count - held
        return try DatasetSplit(
            train: train.selecting(Array(0..<first)),
            validation: train.selecting(
                Array(first..<train.count), named: "\(train.name), held out"),
            test: test)
    }
}
