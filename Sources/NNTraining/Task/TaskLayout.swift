import NNGraph

/// Which of the sums over samples that a device adds up is what.
struct TaskLayout: Sendable {
    /// The sums of one objective.
    struct Part: Sendable {
        let objective: Objective
        /// Where its losses are.
        let loss: Int
        /// Where what they count is; nil where each counts 1.
        let weights: Int?
        /// How many losses a sample has.
        let elements: Int
        let metrics: [MetricPart]
    }

    /// The sums of one metric.
    struct MetricPart: Sendable {
        let metric: any Metric
        let range: Range<Int>
        /// How many numbers of each sample are added up.
        let elements: Int
    }

    let parts: [Part]
    /// The number of sums.
    let count: Int

    /// The most elements of a sample that one sum runs over.
    var elementsOfSample: Int {
        parts.flatMap { part in [part.elements] + part.metrics.map(\.elements) }.max() ?? 1
    }

    /// Whether the losses that were added up are numbers.
    func isFinite(_ sums: MetricSums) -> Bool {
        parts.allSatisfy { sums.values.isEmpty || sums.values[$0.loss].isFinite }
    }

    /// The means over the samples.
    func evaluation(of sums: MetricSums) -> Evaluation {
        var loss = 0.0
        var metrics: [Evaluation.Value] = []
        for part in parts {
            let weight = part.weights.map { sums.values[$0] } ?? Double(sums.count * part.elements)
            let mean = sums.values[part.loss] / weight
            loss += part.objective.weight == 1 ? mean : mean * part.objective.weight
            // Several objectives may report the same things.
            let prefix = parts.count == 1 ? "" : part.objective.output + "."
            if parts.count > 1 {
                metrics.append(Evaluation.Value(name: prefix + "loss", value: mean, sums: []))
            }
            for metric in part.metrics {
                let own = Array(sums.values[metric.range])
                metrics.append(
                    Evaluation.Value(
                        name: prefix + metric.metric.name,
                        value: metric.metric.value(
                            of: own, loss: mean, count: Double(sums.count * metric.elements)),
                        sums: own))
            }
        }
        return Evaluation(loss: loss, metrics: metrics, count: sums.count)
    }
}
