import NNGPU

/// What a training learns from what, as its first lines say it.
struct DataSummary {
    /// A line for each input and target, and one for each remark.
    let text: String

    init(_ split: DatasetSplit, _ network: Network, loss: any Loss) {
        let dataset = split.train
        let inputs = zip(dataset.inputs, network.inputs).map { input, taken in
            let form =
                switch input.values {
                case .floats: "numbers"
                case .unorm8, .images: "bytes as numbers from 0 to 1"
                case .int32s: "whole numbers"
                case .tokens(let windows):
                    "\(windows.count.grouped) tokens in all, \(input.tokenizer.map { "\($0)" } ?? "")"
                }
            let scaled =
                taken.preparation.flatMap { $0.isScale ? ", \(Self.words(for: $0))" : nil } ?? ""
            let resized = input.areResizedImages ? ", images brought to that size" : ""
            return "input \(input.name.printable): \(input.sampleShape), \(form)\(resized)\(scaled)"
        }
        let targets = dataset.allTargets.map { target in
            if case .tokens = target.numbers { return "target: the token that follows each" }
            let source = target.source.map { " \($0.printable)" } ?? ""
            return "target\(source): \(Self.kind(of: target, in: dataset, loss))"
        }
        let remarks = (dataset.remarks + Self.remarks(on: dataset, network, loss)).map {
            "note: \($0)"
        }
        text = (inputs + targets + remarks).joined(separator: "\n")
    }

    /// What is done to numbers.
    private static func words(for preparation: Preparation) -> String {
        func range(_ values: [Float]) -> String {
            let (least, most) = (values.min() ?? 0, values.max() ?? 0)
            return least == most ? "\(least)" : "\(least) to \(most)"
        }
        return "less \(range(preparation.shift)), times \(range(preparation.factor))"
    }

    /// How many classes of which names, or the range of the numbers.
    private static func kind(
        of target: Dataset.Target, in dataset: Dataset, _ loss: any Loss
    ) -> String {
        guard loss.meaning == .classes, target.width == 1, let labels = Self.counts(target) else {
            let (least, most) = (target.values.min() ?? 0, target.values.max() ?? 0)
            let width = target.width == 1 ? "numbers" : "\(target.width) numbers a sample"
            return "\(width) from \(least) to \(most)"
        }
        let count = max(dataset.classNames?.count ?? 0, (labels.keys.max() ?? 0) + 1)
        let shown = (0..<min(count, 12)).map { label in
            let name = dataset.classNames.flatMap { names in
                names.indices.contains(label) ? names[label].printable : nil
            }
            return "\(name ?? "\(label)") \((labels[label] ?? 0).grouped)"
        }
        return "\(count) classes: \(shown.joined(separator: ", "))\(count > 12 ? ", …" : "")"
    }

    /// How often each label occurs, without what counts for nothing; nil if they are none.
    private static func counts(_ target: Dataset.Target) -> [Int: Int]? {
        var counts: [Int: Int] = [:]
        for value in target.values where value != ClassCoding.ignoredLabel {
            guard let label = Int(exactly: value), label >= 0 else { return nil }
            counts[label, default: 0] += 1
        }
        return counts
    }

    /// What is probably not meant.
    private static func remarks(
        on dataset: Dataset, _ network: Network, _ loss: any Loss
    ) -> [String] {
        var remarks: [String] = []
        // Steps that suit numbers around 1 suit no others.
        if let input = dataset.inputs.first, network.inputs[0].preparation == nil,
            case .floats(let values) = input.values,
            let largest = values.lazy.map(abs).max(), largest > 100
        {
            remarks.append(
                "features are as large as \(largest); --scale standard gives them the deviation 1")
        }
        for target in dataset.allTargets {
            if case .tokens = target.numbers { continue }
            let ignored = target.values.count { $0 == ClassCoding.ignoredLabel }
            if loss.meaning == .classes, ignored > 0 {
                remarks.append(
                    "\(ignored.grouped) samples have the label -100, which counts for nothing")
            }
            let values = Set(target.values.lazy.filter { $0 != ClassCoding.ignoredLabel })
            if dataset.count > 1, values.count == 1 {
                remarks.append(
                    "all samples have the same target, so that there is nothing to tell apart")
            }
        }
        return remarks
    }
}
