import Foundation
import NNGPU

/// What a line of a training's log says.
protocol LogContent: Encodable {
    /// The value of `type`.
    static var type: String { get }
}

/// The kinds of lines, whose keys the article `TrainingLog` documents.
enum LogLine {
    /// The first line of a training, or of its going on.
    struct Run: LogContent {
        static let type = "run"

        struct Source: Encodable {
            let name: String
            let samples: Int
            let validationSamples, testSamples: Int?
        }

        struct Settings: Encodable {
            let optimizer: String
            let learningRate: Double
            let schedule: String
            let momentum: Double?
            let isNesterov: Bool?
            let betas: [Double]?
            let epsilon, alpha, weightDecay, clipNorm: Double?
            let batchSize: Int
            let epochs, steps, patience: Int?
            let isShuffled: Bool
            let augmentation: String?
        }

        let version, device, command: String
        let driver: String?
        let seed: UInt64
        let resumedAfterStep: Int?
        let data: Source
        let settings: Settings
        let parameters: Int
        let model: ModelDescription

        init(
            _ trainer: Trainer, on split: DatasetSplit, _ options: TrainingOptions,
            optimization: OptimizerFlags, backend: any Backend
        ) {
            version = NNGPUCommand.configuration.version
            device = backend.name
            driver = (backend as? OpenCLBackend)?.device.driverVersion
            command = Invocation.line
            seed = trainer.graphs.seed
            resumedAfterStep = trainer.step == 0 ? nil : trainer.step
            data = Source(
                name: split.train.name, samples: split.train.count,
                validationSamples: split.validation?.count,
                testSamples: split.test?.count)
            let (epochs, steps): (Int?, Int?) =
                switch options.length {
                case .epochs(let count): (count, nil)
                case .steps(let count): (nil, count)
                }
            let asked = optimization.options
            settings = Settings(
                optimizer: optimization.optimizer.rawValue, learningRate: trainer.learningRate,
                schedule: "\(trainer.schedule)", momentum: asked.momentum,
                isNesterov: asked.isNesterov ? true : nil,
                betas: asked.betas.map { [$0.first, $0.second] }, epsilon: asked.epsilon,
                alpha: asked.alpha, weightDecay: asked.weightDecay,
                clipNorm: trainer.graphs.clipNorm,
                batchSize: min(options.batchSize, split.train.count), epochs: epochs, steps: steps,
                patience: options.patience, isShuffled: options.isShuffled,
                augmentation: trainer.graphs.augmentation?.description)
            parameters = trainer.graphs.layout.count
            model = trainer.modelDescription
        }
    }

    /// How the samples since the line before did.
    struct Progress: LogContent {
        static let type = "progress"
        let step, epoch, samples: Int
        let loss, learningRate, samplesPerSecond: Double
        let accuracy, perplexity, tokensPerSecond: Double?

        /// Tells of a trainer, whose samples have tokens if they are text.
        init(_ progress: TrainingProgress, tokensOfSample: Int?) {
            step = progress.step
            epoch = progress.epoch
            samples = progress.recent.count
            loss = progress.recent.loss
            accuracy = progress.recent.accuracy
            perplexity = progress.recent.perplexity
            tokensPerSecond = tokensOfSample.map { progress.samplesPerSecond * Double($0) }
            learningRate = progress.learningRate
            samplesPerSecond = progress.samplesPerSecond
        }
    }

    /// How the test samples did at the end of an epoch.
    struct Validation: LogContent {
        static let type = "validation"
        let step, epoch, samples: Int
        let loss: Double
        let accuracy, perplexity: Double?

        init(_ evaluation: Evaluation, after progress: TrainingProgress) {
            step = progress.step
            epoch = progress.epoch
            samples = evaluation.count
            loss = evaluation.loss
            accuracy = evaluation.accuracy
            perplexity = evaluation.perplexity
        }
    }

    /// What was done about a step whose numbers were not finite.
    struct Recovery: LogContent {
        static let type = "recovery"
        let step, epoch, lastStep: Int
        let isSkipped: Bool
        let rateFactor: Double
        let operation, origin: String?

        init(_ recovery: NNGPU.Recovery) {
            step = recovery.divergence.step
            epoch = recovery.divergence.epoch
            lastStep = recovery.lastStep
            isSkipped = recovery.isSkipped
            rateFactor = recovery.rateFactor
            operation = recovery.divergence.source?.operation
            origin = recovery.divergence.source?.origin?.description
        }
    }

    /// A checkpoint that is on the disk.
    struct Checkpoint: LogContent {
        static let type = "checkpoint"
        let step: Int
    }

    /// The last line.
    struct End: LogContent {
        static let type = "end"
        let ending: String
        let steps: Int
        var seconds, loss, accuracy, perplexity: Double?
        var evaluatedOn, error: String?
        var secondsWaitingForSamples: Double?
    }
}
