import Foundation
import NNGPU

/// A training of 784-512-512-10 on Fashion-MNIST that ends as soon as it is good enough.
///
/// Adam with PyTorch's defaults, batches of 128, a constant rate, an evaluation on all test images
/// after each epoch. `Benchmarks/peers/pytorch_train.py` is the same in PyTorch.
public enum TimeToAccuracy {
    /// The samples of a step.
    public static let batchSize = 128
    /// The update rule.
    public static let optimizer = OptimizerName.adam
    /// The share of right predictions on the test images that ends the training.
    public static let target = 0.88
    /// When to give up.
    public static let epochLimit = 30

    /// How a training went.
    public struct Outcome: Codable, Sendable {
        /// The passes over the data.
        public let epochs: Int
        /// The steps.
        public let steps: Int
        /// The accuracy on the test images after the last epoch.
        public let accuracy: Double
        /// Whether that is the target.
        public let isReached: Bool
        /// The time of reading the data and putting the network together, in seconds.
        public let setupSeconds: Double
        /// The time of training and evaluating, in seconds.
        public let trainingSeconds: Double
        /// The most memory that the process has had at once.
        public let peakResidentBytes: Int
    }

    /// What is learned from.
    ///
    /// - Throws: `DataError` where the data set is not installed.
    public static func data(seed: UInt64) throws -> DatasetSplit {
        try DataSource("fashion-mnist").load(seed: seed)
    }

    /// Trains.
    public static func run(on backend: any Backend, seed: UInt64) throws -> Outcome {
        let begin = ContinuousClock.now
        let split = try data(seed: seed)
        let test = split.test ?? split.train
        let trainer = try Trainer(
            model: .multilayerPerceptron(
                inputs: split.train.featureCount,
                hidden: Array(StepModel.standardSizes.dropFirst().dropLast()),
                outputs: split.classCount),
            inputShape: [split.train.featureCount], loss: .crossEntropy,
            optimizer: optimizer.optimizer(), learningRate: optimizer.defaultLearningRate,
            seed: seed, backend: backend)
        let start = ContinuousClock.now
        var (epochs, accuracy) = (0, 0.0)
        let result = try trainer.fit(
            split.train, validation: test,
            options: TrainingOptions(
                length: .epochs(epochLimit), batchSize: batchSize, lossInterval: .max),
            report: { progress in
                epochs = progress.epoch
                accuracy = progress.validation?.accuracy ?? accuracy
            },
            shouldStop: { accuracy >= target })
        let end = ContinuousClock.now
        return Outcome(
            epochs: epochs, steps: result.step, accuracy: accuracy,
            isReached: accuracy >= target, setupSeconds: (start - begin) / .seconds(1),
            trainingSeconds: (end - start) / .seconds(1), peakResidentBytes: peakResidentBytes)
    }

    /// The most memory that the process has had at once, in bytes.
    public static var peakResidentBytes: Int {
        #if os(Linux)
            // `ru_maxrss` counts what the starting process held, too.
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let kilobytes = status.firstMatch(of: /VmHWM:\s*(\d+) kB/).flatMap { Int($0.1) }
            return 1024 * (kilobytes ?? 0)
        #else
            var usage = rusage()
            getrusage(RUSAGE_SELF, &usage)
            return usage.ru_maxrss
        #endif
    }
}
