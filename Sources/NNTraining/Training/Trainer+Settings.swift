import Foundation
import NNFiles
import NNGraph

extension Trainer {
    /// What must be the same for a resumed training to take the same steps, by name.
    ///
    /// The length is not part of it, so that a training can be made longer.
    func settings(for dataset: Dataset, _ options: TrainingOptions) -> [String: String] {
        [
            "the model": (try? modelDescription.json()) ?? "",
            "the optimizer": "\(graphs.optimizer)",
            "the learning rate": "\(learningRate)",
            "the schedule": "\(schedule)",
            "the norm to clip to": graphs.clipNorm.map { "\($0)" } ?? "none",
            "the seed": "\(graphs.seed)",
            "the batch size": "\(min(options.batchSize, dataset.count))",
            "shuffling": options.isShuffled ? "on" : "off",
            "patience": options.patience.map { "\($0)" } ?? "none",
            "the data": "\(dataset.count) samples (\(dataset.fingerprint))",
        ]
    }
}

extension Dataset {
    /// A checksum that tells data sets apart: of all targets and of the first features.
    ///
    /// All features would be hundreds of megabytes, which a short training would notice.
    fileprivate var fingerprint: String {
        var crc = CRC32()
        targets.withUnsafeBytes { crc.add($0) }
        features.numbers(0..<min(features.count, 1 << 18)).withUnsafeBytes { crc.add($0) }
        return crc.text
    }
}
