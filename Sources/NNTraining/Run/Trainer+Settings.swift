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
            Checkpoint.frozenName: graphs.frozenText,
            "the parts of a step": "\(options.partCount)",
            Checkpoint.rateName: "\(learningRate)",
            "the schedule": "\(schedule)",
            "the norm to clip to": graphs.clipNorm.map { "\($0)" } ?? "none",
            "the seed": "\(graphs.seed)",
            "the augmentation": graphs.augmentation.map { "\($0)" } ?? "none",
            "the batch size": "\(min(options.batchSize, dataset.count))",
            "shuffling": options.isShuffled ? "on" : "off",
            "patience": options.patience.map { "\($0)" } ?? "none",
            "the data": "\(dataset.count) samples (\(dataset.fingerprint))",
        ]
    }
}

extension Trainer {
    /// What going on from the restored checkpoint does otherwise than the training did before; nothing where no
    /// checkpoint was restored.
    ///
    /// - Throws: ``CheckpointError/setting(name:then:now:)`` for a setting that has to be the same.
    public func changes(
        for dataset: Dataset, options: TrainingOptions
    ) throws(CheckpointError) -> [SettingChange] {
        guard let resumed else { return [] }
        var changes = try resumed.changes(to: settings(for: dataset, options))
        let batchSize = min(max(1, options.batchSize), dataset.count)
        let end = options.lastStep(stepsPerEpoch: (dataset.count - 1) / batchSize + 1)
        guard let before = resumed.record.lastStep, before != end, step < end else {
            return changes
        }
        // A longer training stretches the schedule: where it had come to its end, the rate rises again.
        let (then, now) = (
            schedule.rate(base: learningRate, step: step, total: before),
            schedule.rate(base: learningRate, step: step, total: end)
        )
        if then != now {
            changes.append(
                SettingChange(
                    name:
                        "the learning rate of step \(step + 1), as the schedule \(schedule) ends with step "
                        + "\(end) and not with step \(before),", then: "\(then)", now: "\(now)"))
        }
        return changes
    }
}

extension TrainingGraphs {
    fileprivate var groupsText: String {
        groups.map { group in
            "\(group.pattern): \(group.optimizer.map { "\($0)" } ?? "the same"), rate times "
                + "\(group.learningRateFactor)"
        }.joined(separator: "; ")
    }

    /// The parameters that are not trained.
    var frozenNames: [String] { layout.fixedEntries.filter { $0.kind == .frozen }.map(\.name) }

    fileprivate var frozenText: String {
        frozenNames.isEmpty ? Checkpoint.noName : frozenNames.joined(separator: ", ")
    }
}

extension Dataset {
    /// A checksum that tells data sets apart: of all targets and of the first features, and of a text's first tokens.
    ///
    /// All features would be hundreds of megabytes, which a short training would notice.
    fileprivate var fingerprint: String {
        var crc = CRC32()
        func addFirst(of features: Features) {
            // What cannot be read now is said by whoever wants all of it.
            let first = (try? features.numbers(0..<min(features.count, 1 << 18))) ?? []
            first.withUnsafeBytes { crc.add($0) }
        }
        for target in allTargets {
            if case .floats(let values) = target.numbers {
                values.withUnsafeBytes { crc.add($0) }
            } else {
                addFirst(of: target.numbers)
            }
        }
        for input in inputs { addFirst(of: input.values) }
        return crc.text
    }
}
