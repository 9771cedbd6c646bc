/// How long and in which portions to train.
public struct TrainingOptions: Sendable {
    /// Where a training ends, counted from the first step of all.
    public enum Length: Sendable, Equatable {
        /// After so many passes over all samples.
        case epochs(Int)
        /// After so many steps.
        case steps(Int)
    }

    /// Where the training ends.
    public var length: Length
    /// The samples of a step; the last step of an epoch takes what is left.
    public var batchSize: Int
    /// How many parts of a step's batch its gradient is added up over, so that a batch may be larger than what the
    /// device has memory for.
    ///
    /// The steps are the same but for the order of additions, and the same to the bit with one part.
    public var partCount: Int
    /// Whether every epoch takes the samples in a random order of its own.
    public var isShuffled: Bool
    /// After how many epochs without a smaller validation loss to stop; nil for never.
    ///
    /// With it, the training ends with the parameters that had the smallest.
    public var patience: Int?
    /// Every how many steps the loss is read and reported; it is at the end of an epoch in any case.
    public var lossInterval: Int
    /// Every how many steps a checkpoint is written, where there is a place for it; nil for the end
    /// of every epoch.
    public var checkpointInterval: Int?

    /// What to do about a step that is not finite.
    public var onNonFinite: NonFinitePolicy

    /// Every how many steps the device is compared with the reference; nil for never.
    public var auditInterval: Int?

    /// The most bytes of samples that are kept in the device's memory; of more, threads bring each batch.
    ///
    /// Nil for half of that memory and, of images in files, 64 MiB where the host shares it and 1 GiB where it does not.
    /// The steps are the same to the bit.
    public var residentLimit: Int?

    /// Creates options.
    public init(
        length: Length = .epochs(10), batchSize: Int = 128, partCount: Int = 1,
        isShuffled: Bool = true,
        patience: Int? = nil, lossInterval: Int = 100, checkpointInterval: Int? = nil,
        onNonFinite: NonFinitePolicy = .stop, auditInterval: Int? = nil,
        residentLimit: Int? = nil
    ) {
        self.length = length
        self.batchSize = batchSize
        self.partCount = partCount
        self.isShuffled = isShuffled
        self.patience = patience
        self.lossInterval = lossInterval
        self.checkpointInterval = checkpointInterval
        self.onNonFinite = onNonFinite
        self.auditInterval = auditInterval
        self.residentLimit = residentLimit
    }

    func check(hasValidation: Bool) throws(TrainingError) {
        let count =
            switch length {
            case .epochs(let count), .steps(let count): count
            }
        let positive = [
            ("length of the training", count), ("batch size", batchSize),
            ("number of parts of a step", partCount),
            ("patience", patience ?? 1), ("number of steps between reports", lossInterval),
            ("number of steps between checkpoints", checkpointInterval ?? 1),
            ("number of steps between audits", auditInterval ?? 1),
        ]
        for (option, value) in positive where value < 1 {
            throw .notPositive(option: option, value: value)
        }
        guard patience == nil || hasValidation else { throw .patienceWithoutValidation }
    }

    /// The number of the last step.
    func lastStep(stepsPerEpoch: Int) -> Int {
        switch length {
        case .epochs(let count):
            // More steps than an integer counts will not be taken either.
            let (steps, overflow) = count.multipliedReportingOverflow(by: stepsPerEpoch)
            return overflow ? .max : steps
        case .steps(let count):
            return count
        }
    }
}
