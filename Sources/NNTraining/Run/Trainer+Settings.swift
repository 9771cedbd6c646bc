import Foundation
import NNFiles
import NNGraph

extension Trainer {
    /// What must be the same for a resumed training to take the same steps, by name.
    ///
    /// The length is not part of it, so that a training can be made longer.
    func settings(for dataset: Dataset, _ options: TrainingOptions) -> [String: String] {
        [
            // Without what only says how samples come, which descriptions did not always say.
            "the model":
                (try? ModelDescription(
                    graphs.network.takingRows, task: graphs.task
                ).json()) ?? "",
            "the shape of a sample": graphs.network.inputs.map { "\($0.sampleShape)" }
                .joined(separator: ", "),
            "the optimizer": "\(graphs.optimizer)",
            "the parameter groups": graphs.groups.isEmpty ? "none" : graphs.groupsText,
            "the frozen parameters": graphs.frozenText,
            "the parts of a step": "\(options.partCount)",
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

extension TrainingGraphs {
    fileprivate var groupsText: String {
        groups.map { group in
            "\(group.pattern): \(group.optimizer.map { "\($0)" } ?? "the same"), rate times "
                + "\(group.learningRateFactor)"
        }.joined(separator: "; ")
    }

    fileprivate var frozenText: String {
        let names = layout.fixedEntries.filter { $0.kind == .frozen }.map(\.name)
        return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}

extension Dataset {
    /// A checksum that tells data sets apart: of all targets and of the first features.
    ///
    /// All features would be hundreds of megabytes, which a short training would notice.
    fileprivate var fingerprint: String {
        var crc = CRC32()
        for target in allTargets { target.values.withUnsafeBytes { crc.add($0) } }
        for input in inputs {
            let first = input.values.numbers(0..<min(input.values.count, 1 << 18))
            first.withUnsafeBytes { crc.add($0) }
        }
        return crc.text
    }
}
