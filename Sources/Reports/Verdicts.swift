import NNGPU

/// What a classifier says of each sample, and what is right.
struct Verdicts {
    /// The right class of each sample.
    let labels: [Int]
    /// The class that the model gives to each sample.
    let predictions: [Int]
    /// The number of classes.
    let classCount: Int
    /// The samples that are wrong, the surest mistakes first.
    let mistakes: [Int]
    private let names: [String]?

    /// Reads the logits of a record: the largest, or the sign of the only one, decides.
    init(_ record: TrainingRecord) {
        let count = record.dataset.count
        let width = count == 0 ? 1 : max(1, record.outputs.count / count)
        labels = (0..<count).map { Int(record.dataset.targets[$0 * record.dataset.targetWidth]) }
        var (predictions, margins): ([Int], [Float]) = ([], [])
        for sample in 0..<count {
            let logits = record.outputs[sample * width..<(sample + 1) * width]
            if width == 1 {
                let logit = logits.first ?? 0
                predictions.append(logit > 0 ? 1 : 0)
                margins.append(abs(logit))
            } else {
                let best = logits.indices.max { logits[$0] < logits[$1] } ?? logits.startIndex
                predictions.append(best - logits.startIndex)
                let right = logits.startIndex + labels[sample]
                margins.append(logits[best] - (logits.indices.contains(right) ? logits[right] : 0))
            }
        }
        let (labels, told) = (labels, predictions)
        self.predictions = predictions
        mistakes = labels.indices.filter { labels[$0] != told[$0] }
            .sorted { margins[$0] > margins[$1] }
        classCount = max(width, 2, (labels.max() ?? 0) + 1)
        names = record.dataset.classNames
    }

    /// What a class is called.
    func name(_ label: Int) -> String {
        names.flatMap { $0.indices.contains(label) ? $0[label] : nil } ?? String(label)
    }

    /// What is wrong with a sample, in words.
    func description(ofMistake sample: Int) -> String {
        "sample \(sample): \(name(labels[sample])), taken for \(name(predictions[sample]))"
    }

    /// How many samples of each class (row) were given to each class (column).
    var confusion: [[Double]] {
        var matrix = Array(
            repeating: [Double](repeating: 0, count: classCount), count: classCount)
        for (label, prediction) in zip(labels, predictions) { matrix[label][prediction] += 1 }
        return matrix
    }
}
