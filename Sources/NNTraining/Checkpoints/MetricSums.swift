/// What the device has added up: losses, right predictions and how many samples they are of.
struct MetricSums: Codable, Equatable {
    var loss = 0.0
    var correct = 0.0
    var count = 0

    static func += (sums: inout MetricSums, more: MetricSums) {
        sums.loss += more.loss
        sums.correct += more.correct
        sums.count += more.count
    }
}
