import Charts
import Foundation
import NNGPU

/// What is to be told of a training.
public struct TrainingRecord {
    /// The command line.
    public let command: String
    /// Where it ran.
    public let device: String
    /// What its random numbers depended on.
    public let seed: UInt64
    /// The settings, each with its name.
    public let settings: [(name: String, value: String)]
    /// The layers, one row each, the first being the headings.
    public let layers: [[String]]
    /// Every report of the trainer.
    public let progress: [TrainingProgress]
    /// What was evaluated between epochs: `test` or `validation` samples.
    public let monitored: String
    /// How it ended, in a few words.
    public let ending: String
    /// How the model does at the end.
    public let evaluation: Evaluation
    /// The samples that it was evaluated on.
    public let dataset: Dataset
    /// The model's outputs for them, one row for each sample.
    public let outputs: [Float]
    /// What the outputs mean.
    public let loss: any Loss
    /// The trained model, of which a page shows what convolutions have learned; nil for a page without that.
    public let trainer: Trainer?

    /// Creates a record.
    public init(
        command: String, device: String, seed: UInt64, settings: [(name: String, value: String)],
        layers: [[String]], progress: [TrainingProgress], monitored: String = "test",
        ending: String, evaluation: Evaluation, dataset: Dataset, outputs: [Float], loss: any Loss,
        trainer: Trainer? = nil
    ) {
        self.command = command
        self.device = device
        self.seed = seed
        self.settings = settings
        self.layers = layers
        self.progress = progress
        self.monitored = monitored
        self.ending = ending
        self.evaluation = evaluation
        self.dataset = dataset
        self.outputs = outputs
        self.loss = loss
        self.trainer = trainer
    }
}

/// The page that shows a training: one HTML file that needs nothing else.
public enum TrainingPage {
    /// How many wrong pictures are shown.
    private static let pictureCount = 24

    /// The page as HTML.
    ///
    /// - Throws: What is wrong with the page's template, or what the model's backend throws.
    public static func html(of record: TrainingRecord) throws -> String {
        let verdicts = record.loss.isClassification ? Verdicts(record) : nil
        let figures = TrainingFigures(record, verdicts)
        let convolutions = try ConvolutionFigures(record, verdicts).figures
        let wrong = verdicts.map { pictures(of: record, $0) } ?? []
        return try PageFiles.render(
            Page(
                style: PageFiles.style, command: record.command, device: record.device,
                ending: record.ending.prefix(1).uppercased() + record.ending.dropFirst(),
                seed: String(record.seed), dataset: record.dataset.name,
                samples: record.evaluation.count,
                loss: Typography.number(record.evaluation.loss),
                accuracy: record.evaluation.accuracy.map { String(format: "%.2f %%", $0 * 100) },
                settings: record.settings.map { Setting(name: $0.name, value: $0.value) },
                layers: TablePart(record.layers), curves: figures.curves.map(FigurePart.init),
                results: figures.results.map(FigurePart.init),
                hasPictures: !wrong.isEmpty, pictures: wrong,
                hasConvolutions: !convolutions.isEmpty,
                convolutions: convolutions.map(FigurePart.init)),
            with: "training")
    }

    private struct Page {
        let style, command, device, ending, seed, dataset: String
        let samples: Int
        let loss: String
        let accuracy: String?
        let settings: [Setting]
        let layers: TablePart
        let curves, results: [FigurePart]
        let hasPictures: Bool
        let pictures: [Picture]
        let hasConvolutions: Bool
        let convolutions: [FigurePart]
    }

    private struct Setting {
        let name, value: String
    }

    private struct Picture {
        let address, truth, told, description: String
    }

    /// Wrong samples as pictures, the surest mistakes first; none if samples are no pictures.
    private static func pictures(
        of record: TrainingRecord, _ verdicts: Verdicts
    ) -> [Picture] {
        guard let pictures = SamplePictures(of: record.dataset) else { return [] }
        return verdicts.mistakes.prefix(pictureCount).compactMap { sample in
            pictures.image(of: sample).map { image in
                Picture(
                    address: image.dataURI, truth: verdicts.name(verdicts.labels[sample]),
                    told: verdicts.name(verdicts.predictions[sample]),
                    description: verdicts.description(ofMistake: sample))
            }
        }
    }
}
